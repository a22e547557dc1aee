import LinearAlgebra

/// Who a client of the synthetic population is; fixed for life, but for choices where a drift is set.
///
/// Apps are known by slot: their place in the client's own order of liking. Slots below
/// `regularApps` are in regular use, those below `installedApps` are on the phone at the start,
/// the others are what the client would install next, in that order.
struct ClientProfile: Sendable {
  /// Index into `Archetype.all`.
  let archetype: Int
  /// By slot; app ids.
  let apps: [Int32]
  /// By app id.
  let slots: [Int32]
  let regularApps: Int
  let installedApps: Int
  /// By slot, for the installed apps; logarithm of the share before any drift.
  let logPreferences: [Double]

  var stickiness: Double
  var visibleNotifications: Double
  var responsiveness: Double
  var unseenTriggers: Double
  var habit: Double
  var novelty: Double
  var returns: Double
  var followers: Double
  let emptyUnlocks: Double
  var unknownPlace: Double

  let clock: ActivityClock
  let gap: LogNormal
  /// Seconds between two app switches, on average.
  let switchInterval: Double
  let places: PlaceRoutine
  let charging: ChargingRoutine

  /// Habits by `HabitCell`, then notifications, then followers of each regular app.
  var tables: ChoiceTables

  /// The same client with other ways of choosing: apps, places and rhythm stay, habits do not.
  ///
  /// - Parameter stream: of the drift alone.
  func drifted(
    to parameters: PopulationParameters, using stream: inout RandomStream
  ) -> ClientProfile {
    var drifted = self
    drifted.stickiness = stream.uniform(in: parameters.stickiness)
    drifted.visibleNotifications = stream.uniform(in: parameters.visibleNotifications)
    drifted.responsiveness = stream.uniform(in: parameters.responsiveness)
    drifted.unseenTriggers = stream.uniform(in: parameters.unseenTriggers)
    drifted.habit = stream.uniform(in: parameters.habit)
    drifted.novelty = parameters.novelty
    drifted.returns = stream.uniform(in: parameters.returns)
    drifted.followers = stream.uniform(in: parameters.followers)
    drifted.unknownPlace = parameters.unknownPlace
    drifted.tables = drawnTables(habitShares: parameters.habitShares, using: &stream)
    return drifted
  }

  static let notificationTable = HabitCell.count

  static func followersTable(of slot: Int) -> Int { HabitCell.count + 1 + slot }
}
