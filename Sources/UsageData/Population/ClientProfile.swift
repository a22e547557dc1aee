/// Who a client of the synthetic population is; fixed for life.
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

  let stickiness: Double
  let visibleNotifications: Double
  let responsiveness: Double
  let unseenTriggers: Double
  let habit: Double
  let novelty: Double
  let returns: Double
  let followers: Double
  let emptyUnlocks: Double
  let unknownPlace: Double

  let clock: ActivityClock
  let gap: LogNormal
  /// Seconds between two app switches, on average.
  let switchInterval: Double
  let places: PlaceRoutine
  let charging: ChargingRoutine

  /// Habits by `HabitCell`, then notifications, then followers of each regular app.
  let tables: ChoiceTables

  static let notificationTable = HabitCell.count

  static func followersTable(of slot: Int) -> Int { HabitCell.count + 1 + slot }
}
