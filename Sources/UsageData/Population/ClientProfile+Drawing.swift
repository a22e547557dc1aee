import Glibc
import LinearAlgebra

extension ClientProfile {
  /// Draws a client; `stream` is its own.
  init(parameters: PopulationParameters, using stream: inout RandomStream) {
    let catalogue = AppCatalogue.shared
    archetype = Archetype.draw(using: &stream)
    let apps = Self.order(of: catalogue.logPopularity[archetype], using: &stream)
    var slots = [Int32](repeating: 0, count: apps.count)
    for (slot, app) in apps.enumerated() { slots[Int(app)] = Int32(slot) }
    self.apps = apps
    self.slots = slots

    let installed = Int(parameters.installedApps.draw(using: &stream))
    let regular = Int(exp(parameters.logRegularApps.draw(using: &stream)))
    let exponent = parameters.zipfExponent.draw(using: &stream)
    installedApps = installed
    regularApps = regular
    logPreferences = Self.logPreferences(
      regular: regular, installed: installed, exponent: exponent, rareShare: parameters.rareShare)

    stickiness = stream.uniform(in: parameters.stickiness)
    visibleNotifications = stream.uniform(in: parameters.visibleNotifications)
    responsiveness = stream.uniform(in: parameters.responsiveness)
    unseenTriggers = stream.uniform(in: parameters.unseenTriggers)
    habit = stream.uniform(in: parameters.habit)
    novelty = parameters.novelty
    returns = stream.uniform(in: parameters.returns)
    followers = stream.uniform(in: parameters.followers)
    emptyUnlocks = stream.uniform(in: parameters.emptyUnlocks)
    unknownPlace = parameters.unknownPlace

    let delay = PopulationParameters.Normal(mean: 0, deviation: 1, range: -3...3)
    clock = ActivityClock(
      delay: delay.draw(using: &stream), weekendRate: stream.uniform(in: 0.7...1.05))
    let unlocksPerDay = exp(parameters.logUnlocksPerDay.draw(using: &stream))
    let meanGap = max(Double(LocalClock.day) / unlocksPerDay - SessionShape.meanDuration, 60)
    gap = LogNormal(
      mean: meanGap / (1 - SessionShape.quickReturns), sigma: Self.gapSigma)
    switchInterval = LogNormal(median: 135, sigma: 0.25).draw(using: &stream)
    places = PlaceRoutine(using: &stream)
    charging = ChargingRoutine(using: &stream)

    tables = Self.tables(
      apps: apps[..<regular], logPreferences, habitShares: parameters.habitShares, using: &stream)
  }

  /// Habits, notifications and followers, drawn anew.
  func drawnTables(
    habitShares: [Double], using stream: inout RandomStream
  ) -> ChoiceTables {
    Self.tables(
      apps: apps[..<regularApps], logPreferences, habitShares: habitShares, using: &stream)
  }

  /// Within one client; the spread between clients makes it 1.65 over all gaps.
  private static let gapSigma = 1.6

  /// All apps in the order in which one client likes them.
  ///
  /// The Plackett–Luce model, drawn by adding Gumbel noise to the log-popularities. The noise is
  /// scaled down: clients agree more on their favourites than the launch counts alone say.
  private static func order(
    of logPopularity: [Double], using stream: inout RandomStream
  ) -> [Int32] {
    let noiseScale = 0.5
    var keyed: [(key: Double, app: Int32)] = []
    keyed.reserveCapacity(logPopularity.count)
    for (app, popularity) in logPopularity.enumerated() {
      let gumbel = -log(stream.exponential())
      keyed.append((popularity + noiseScale * gumbel, Int32(app)))
    }
    keyed.sort { $0.key != $1.key ? $0.key > $1.key : $0.app < $1.app }
    return keyed.map(\.app)
  }

  /// Zipf's law over the regular apps; the rare ones share `rareShare` evenly.
  private static func logPreferences(
    regular: Int, installed: Int, exponent: Double, rareShare: Double
  ) -> [Double] {
    var total = 0.0
    for rank in 1...regular { total += exp(-exponent * log(Double(rank))) }
    let logTotal = log(total)
    let logRare = log(rareShare / Double(installed - regular))
    return (0..<installed).map { slot in
      slot < regular ? -exponent * log(Double(slot + 1)) - logTotal : logRare
    }
  }

  /// Habits, notifications and followers; `apps` are the regular ones.
  private static func tables(
    apps: ArraySlice<Int32>, _ logPreferences: [Double], habitShares: [Double],
    using stream: inout RandomStream
  ) -> ChoiceTables {
    let categories = apps.map { AppCatalogue.shared.categories[Int($0)] }
    let weights = logPreferences[..<apps.count].map { exp($0) }
    var tables = ChoiceTables()
    for cell in 0..<HabitCell.count {
      // Liking counts for less than the hour does: a habit need not be about a favourite.
      let fit = categories.indices.map { slot in
        weights[slot].squareRoot() * habitFit(categories[slot], in: cell)
      }
      let apps = draw(habitShares.count, byWeight: fit, using: &stream)
      tables.append(zip(apps, habitShares).map { ($0, $1) })
    }

    let notifying = categories.indices.compactMap { slot -> (slot: Int, weight: Double)? in
      let rate = categories[slot].traits.notifications
      return rate > 0 ? (slot, rate * weights[slot]) : nil
    }
    tables.append(notifying.isEmpty ? [(0, 1)] : notifying)

    for slot in categories.indices {
      let likely = categories[slot].traits.followers
      let fit = categories.indices.map { other in
        other == slot ? 0 : weights[other] * (likely.contains(categories[other]) ? 8 : 1)
      }
      let apps = draw(3, byWeight: fit, using: &stream)
      tables.append(zip(apps, [0.5, 0.3, 0.2]).map { ($0, $1) })
    }
    return tables
  }

  private static func habitFit(_ category: AppCategory, in cell: Int) -> Double {
    let hours = category.traits.hours
    switch cell {
    case HabitCell.work: return (hours[2] + hours[3]) / 2
    case HabitCell.elsewhere: return category == .maps || category == .camera ? 4 : hours[4]
    case HabitCell.weekend: return (hours[3] + hours[4]) / 2
    default: return hours[cell]
    }
  }

  /// Draws `count` different indices, each in proportion to the weights of those left.
  private static func draw(
    _ count: Int, byWeight weights: [Double], using stream: inout RandomStream
  ) -> [Int] {
    var left = weights
    return (0..<count).map { _ in
      var target = stream.uniform() * left.reduce(0, +)
      var choice = 0
      for index in left.indices where left[index] > 0 {
        choice = index
        target -= left[index]
        if target < 0 { break }
      }
      left[choice] = 0
      return choice
    }
  }
}
