/// The ranges from which a client's traits are drawn.
///
/// The defaults are the `typical` preset. They follow Böhmer 2011, Falaki 2010, Hintze 2014,
/// Heitmayer & Lahlou 2021, Jones 2015, De Nadai 2019 and counts on three public logs, or were
/// set so that `PopulationStatistics` falls inside the ranges of those.
struct PopulationParameters: Sendable {
  struct Normal: Sendable {
    let mean: Double
    let deviation: Double
    let range: ClosedRange<Double>
  }

  /// Apps on the phone at the start.
  var installedApps = Normal(mean: 95, deviation: 12, range: 70...130)
  /// Logarithm of the number of apps in regular use.
  var logRegularApps = Normal(mean: 3.555, deviation: 0.3, range: 2.996...4.094)
  /// Exponent of the Zipf law of a client's own preferences.
  var zipfExponent = Normal(mean: 1.25, deviation: 0.25, range: 0.9...1.8)
  /// Share of all preference that the installed apps outside regular use have together.
  var rareShare = 0.007
  /// Standard deviation of a log-preference over a long time.
  var driftSpread = 1.0
  /// Correlation of a log-preference's displacement with that of the day before.
  var driftPersistence = 0.95
  var installsPerDay = 0.4
  /// Probability that a newly installed app comes into regular use.
  var keptInstalls = 0.25
  /// Probability that the first app is the newest one, right after its installation; halves daily.
  var novelty = 0.05

  /// Logarithm of unlocks per day.
  var logUnlocksPerDay = Normal(mean: 4.27, deviation: 0.45, range: 2.5...5.3)
  /// Share of unlocks that open no app.
  var emptyUnlocks = 0.17...0.24

  /// Probability that the first app repeats the last one, straight after a lock.
  var stickiness = 0.15...0.55
  /// Share of unlocks with a notification on the lock screen.
  var visibleNotifications = 0.11...0.23
  /// Probability that a notification on the lock screen is followed.
  var responsiveness = 0.55...0.90
  /// Probability that the first app follows a trigger that the phone does not record.
  var unseenTriggers = 0.01...0.03
  /// Probability of the habit of the hour and place.
  var habit = 0.15...0.25
  /// How a habit's probability spreads over its apps.
  var habitShares = [0.7, 0.3]

  /// Probability that a switch returns to one of the last two apps.
  var returns = 0.30...0.55
  /// Probability that a switch goes to an app that tends to follow the current one.
  var followers = 0.15...0.25

  /// Probability that a phone does not know where it is.
  var unknownPlace = 0.04
}

extension PopulationPreset {
  var parameters: PopulationParameters {
    var parameters = PopulationParameters()
    switch self {
    case .typical:
      break
    case .routine:
      parameters.rareShare = 0.005
      parameters.driftSpread = 0.2
      parameters.installsPerDay = 0.2
      parameters.novelty = 0.01
      parameters.stickiness = 0.0...0.02
      parameters.visibleNotifications = 0.15...0.25
      parameters.responsiveness = 0.94...0.98
      parameters.unseenTriggers = 0.0...0.01
      parameters.habit = 0.93...0.96
      parameters.habitShares = [1]
      parameters.unknownPlace = 0.01
    case .erratic:
      parameters.zipfExponent = .init(mean: 0.9, deviation: 0.1, range: 0.7...1.2)
      parameters.rareShare = 0.03
      parameters.driftSpread = 1.5
      parameters.installsPerDay = 1.5
      parameters.stickiness = 0.05...0.20
      parameters.visibleNotifications = 0.08...0.14
      parameters.responsiveness = 0.3...0.5
      parameters.habit = 0.03...0.08
      parameters.returns = 0.20...0.35
      parameters.unknownPlace = 0.15
    }
    return parameters
  }
}
