import Glibc
import LinearAlgebra

/// A client's own preferences as they drift from day to day and new apps arrive.
///
/// Each day is drawn from a stream of its own, so any moment can be reached without the sessions
/// before it, and a longer period begins like a shorter one.
struct AppPreferences: Sendable {
  /// By slot, for the apps on the phone; sums to 1.
  private(set) var shares: [Double]
  /// Slot and time of the newest app, if one came during the period.
  private(set) var newest: (slot: Int, time: Int64)?
  /// Every installation so far.
  private(set) var installs: [AppInstall] = []

  private let profile: ClientProfile
  private let parameters: PopulationParameters
  private let key: (seed: UInt64, client: Int)
  /// By slot.
  private var logPreferences: [Double]
  private var displacements: [Double]
  private var drifts: [Bool]
  /// Running sum of `shares`.
  private var cumulative: [Double]

  private var day = -1
  /// Of the current day, in time order.
  private var comingInstalls: [(time: Int64, isKept: Bool, rank: Int)] = []
  private var appliedInstalls = 0

  init(
    of profile: ClientProfile, parameters: PopulationParameters, seed: UInt64, client: Int
  ) {
    self.profile = profile
    self.parameters = parameters
    key = (seed, client)
    logPreferences = profile.logPreferences
    let count = logPreferences.count
    displacements = [Double](repeating: 0, count: count)
    drifts = (0..<count).map { $0 < profile.regularApps }
    shares = [Double](repeating: 0, count: count)
    cumulative = shares
  }

  /// Goes on to the state just before `time`, which must not lie before an earlier call's.
  mutating func advance(to time: Int64) {
    let today = Int((time - SyntheticPopulation.start) / LocalClock.day)
    var hasChanged = false
    while true {
      while appliedInstalls < comingInstalls.count, comingInstalls[appliedInstalls].time < time {
        install(comingInstalls[appliedInstalls])
        appliedInstalls += 1
        hasChanged = true
      }
      guard day < today else { break }
      day += 1
      beginDay()
      hasChanged = true
    }
    if hasChanged { normalise() }
  }

  /// The slot at a uniform number in [0, 1).
  func choose(at number: Double) -> Int {
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private mutating func beginDay() {
    var stream = RandomStream(
      seed: key.seed, purpose: .clientDrift, round: day, client: key.client)
    let midnight = SyntheticPopulation.start + Int64(day) * LocalClock.day
    comingInstalls.removeAll(keepingCapacity: true)
    appliedInstalls = 0
    // Installations fall between 8 and 23 h as a Poisson process.
    var hour = 8 + 15 * stream.exponential() / parameters.installsPerDay
    while hour < 23 {
      comingInstalls.append(
        (
          midnight + Int64(hour * 3600), stream.chance(parameters.keptInstalls),
          stream.below(profile.regularApps)
        ))
      hour += 15 * stream.exponential() / parameters.installsPerDay
    }
    // A stationary walk: the last day of a long period looks like the first.
    let persistence = day > 0 ? parameters.driftPersistence : 0
    let step = parameters.driftSpread * (1 - persistence * persistence).squareRoot()
    for slot in displacements.indices where drifts[slot] {
      displacements[slot] = persistence * displacements[slot] + step * stream.normal()
    }
  }

  /// A kept app is liked as much as the regular app of a random rank, any other as a rare one.
  private mutating func install(_ coming: (time: Int64, isKept: Bool, rank: Int)) {
    let slot = logPreferences.count
    guard slot < profile.apps.count else { return }
    let model = coming.isKept ? coming.rank : profile.installedApps - 1
    logPreferences.append(profile.logPreferences[model])
    displacements.append(0)
    drifts.append(coming.isKept)
    shares.append(0)
    cumulative.append(0)
    newest = (slot, coming.time)
    installs.append(AppInstall(time: coming.time, app: profile.apps[slot]))
  }

  private mutating func normalise() {
    var total = 0.0
    for slot in shares.indices {
      shares[slot] = exp(logPreferences[slot] + displacements[slot])
      total += shares[slot]
    }
    var sum = 0.0
    for slot in shares.indices {
      shares[slot] /= total
      sum += shares[slot]
      cumulative[slot] = sum
    }
  }
}
