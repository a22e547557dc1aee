import Models
import UsageData

/// What a phone knows at one moment, summed anew over its whole log with nothing carried along.
///
/// It looks every number up in the list of earlier uses, where the feature state keeps tables. Sums
/// run in the order of time and by the same formulas, so that equal means equal to the last bit.
struct RecomputedMemory {
  typealias Lanes = SIMD16<Float>

  /// An open that counts, and the moment at which it had to be predicted.
  struct Use {
    var app: Int32
    var time: Int64
    var moment: Instant
    var isTarget: Bool
  }

  /// A moment of prediction, before it is looked up.
  struct Instant {
    var time: Int64
    var isSessionStart: Bool
    var gap: Int64?
    var context: DeviceContext

    var notification: Int32 { isSessionStart ? context.notification : -1 }
  }

  /// The first sign of an app, and how many uses there were before it.
  struct Discovery {
    var app: Int32
    var time: Int64
    var usesBefore: Int
  }

  /// What the targets so far taught, in their order.
  struct Lesson {
    var liking: Float
    var parts: Lanes
    var isExplained: Bool
    var range: Int
  }

  let task: PredictionTask
  let uses: [Use]
  let discoveries: [Discovery]
  /// When each app was last used or, before that, discovered.
  let lastUse: [Int32: Int64]
  var lessons: [Lesson] = []
  /// By number of uses: the distinct apps among them, most recent first.
  private var recencies: [[Int32]] = [[]]

  init(
    task: PredictionTask, uses: [Use], discoveries: [Discovery], lastUse: [Int32: Int64]
  ) {
    self.task = task
    self.uses = uses
    self.discoveries = discoveries
    self.lastUse = lastUse
    for count in 1..<(uses.count + 1) {
      var apps: [Int32] = []
      for use in uses[..<count].reversed() where !apps.contains(use.app) { apps.append(use.app) }
      recencies.append(apps)
    }
    for use in uses.indices { lessons.append(lesson(of: use)) }
  }

  // MARK: - Looking up

  /// Distinct apps of the first `count` uses, most recent first.
  func recency(_ count: Int) -> [Int32] { recencies[count] }

  func isOpened(_ app: Int32, _ count: Int) -> Bool { uses[..<count].contains { $0.app == app } }

  /// Apps known before the use with this number.
  func known(_ count: Int) -> Int { discoveries.count { $0.usesBefore <= count } }

  /// Targets among the first `count` uses.
  private func targets(_ count: Int) -> [Int] { (0..<count).filter { uses[$0].isTarget } }

  /// Sum of the likings of the targets that a condition holds for.
  private func sum(_ count: Int, where holds: (Int) -> Bool) -> Float {
    targets(count).filter(holds).reduce(Float(0)) { $0 + lessons[$1].liking }
  }

  // MARK: - Decay

  /// 2^(age ÷ half-life) for one hour, six hours, a day, a week.
  private static func power(_ weeks: Float) -> SIMD4<Float> {
    let week = FeatureMath.exp2(weeks)
    let week2 = week * week
    let day = week2 * week2 * week2 * week
    let day2 = day * day
    let sixHours = day2 * day2
    let sixHours2 = sixHours * sixHours
    return SIMD4(sixHours2 * sixHours2 * sixHours2, sixHours, day, week)
  }

  private static func weeks(from origin: Int64, to time: Int64) -> Float {
    Float(time - origin) / 604_800
  }

  /// Decayed opens and targets of the uses that a condition holds for, at a moment.
  func decayed(
    _ count: Int, at time: Int64, where holds: (Int) -> Bool
  ) -> (opens: SIMD4<Float>, targets: Float, scale: SIMD4<Float>) {
    var opens = SIMD4<Float>(repeating: 0)
    var targets: Float = 0
    var origin = uses[..<count].first?.time ?? time
    for index in 0..<count {
      let age = Self.weeks(from: origin, to: uses[index].time)
      var weight = Self.power(age)
      if age > Float(64.0 / 168) {
        opens *= Self.power(-age)
        targets *= Self.power(-age)[3]
        origin = uses[index].time
        weight = SIMD4(repeating: 1)
      }
      guard holds(index) else { continue }
      if uses[index].isTarget { targets += lessons[index].liking * weight[3] }
      opens += weight
    }
    return (opens, targets, Self.power(-max(Self.weeks(from: origin, to: time), 0)))
  }

  // MARK: - Distributions

  /// Probability that the client follows the notification on the lock screen.
  func follows(_ count: Int, _ moment: Instant) -> Float {
    guard moment.notification >= 0 else { return 0 }
    var all: (shown: Float, followed: Float) = (0, 0)
    var own = all
    for index in targets(count) where uses[index].moment.notification >= 0 {
      let notification = uses[index].moment.notification
      all.shown += 1
      if notification == moment.notification { own.shown += 1 }
      guard lessons[index].isExplained, notification == uses[index].app else { continue }
      all.followed += lessons[index].parts[15]
      if notification == moment.notification { own.followed += lessons[index].parts[15] }
    }
    let share = (all.followed + 0.5 * 4) / (all.shown + 4)
    return (own.followed + 4 * share) / (own.shown + 4)
  }

  static func range(_ moment: Instant) -> Int {
    guard moment.isSessionStart else { return 7 }
    let gap = moment.gap ?? .max
    return [60, 300, 900, 1800, 3600, 7200].firstIndex { gap < $0 } ?? 6
  }

  /// Weights of the mixture's sources.
  func weights(_ count: Int, _ moment: Instant) -> Lanes {
    var counts = Lanes(repeating: 8 / 15)
    counts[15] = 0
    var total: Float = 8
    for index in targets(count)
    where lessons[index].isExplained && lessons[index].range == Self.range(moment) {
      var own = lessons[index].parts
      own[15] = 0
      counts += own
      total += 1 - lessons[index].parts[15]
    }
    let follows = follows(count, moment)
    var weights = counts / total * (1 - follows)
    weights[15] = follows
    return weights
  }

  /// What each source thinks of an app.
  func sources(of app: Int32, rank: Int, _ count: Int, _ moment: Instant) -> Lanes {
    let own = decayed(count, at: moment.time) { uses[$0].app == app }
    let every = decayed(count, at: moment.time) { _ in true }
    let opens = Float(uses[..<count].count { $0.app == app })
    let all = (opens + 0.5) * (1 / (Float(count) + 0.5 * Float(known(count) + 1)))

    let recent = own.opens * own.scale
    let recentReciprocal = 1 / (every.opens * every.scale + 2)
    let week = (recent[3] + 2 * all) * recentReciprocal[3]
    let day = (recent[2] + 2 * week) * recentReciprocal[2]
    let sixHours = (recent[1] + 2 * day) * recentReciprocal[1]
    let hour = (recent[0] + 2 * sixHours) * recentReciprocal[0]

    let targetWeek =
      (own.targets * own.scale[3] + 5 * week) * (1 / (every.targets * every.scale[3] + 5))
    let targetAll =
      (sum(count) { uses[$0].app == app } + 5 * all) * (1 / (sum(count) { _ in true } + 5))

    let lasts = recency(count).prefix(2)
    let afterLast = backedOff(app, count, prior: 5, to: targetWeek) {
      !lasts.isEmpty && uses[$0].moment.isSessionStart == moment.isSessionStart
        && recency($0).first == lasts.first
    }
    let afterLastTwo = backedOff(app, count, prior: 3, to: afterLast) {
      lasts.count == 2 && uses[$0].moment.isSessionStart == moment.isSessionStart
        && recency($0).prefix(2) == lasts
    }

    let byHour = hourly(app, count, moment, to: targetWeek)
    let byPart = backedOff(app, count, prior: 8, to: targetWeek) {
      isAlike(uses[$0].moment, moment) && Self.part(uses[$0].moment) == Self.part(moment)
    }
    let byPlace = backedOff(app, count, prior: 8, to: targetWeek) {
      isAlike(uses[$0].moment, moment) && Self.place(uses[$0].moment) == Self.place(moment)
    }
    let situation = backedOff(app, count, prior: 4, to: 0.5 * (byPart + byPlace)) {
      isAlike(uses[$0].moment, moment) && Self.part(uses[$0].moment) == Self.part(moment)
        && Self.place(uses[$0].moment) == Self.place(moment)
    }
    return Lanes(
      hour, sixHours, day, week, all, targetWeek, targetAll, afterLast, afterLastTwo, byHour,
      byPart, byPlace, situation, rank == 0 ? 1 : 0, rank == 1 ? 1 : 0,
      moment.notification == app ? 1 : 0)
  }

  private func isAlike(_ left: Instant, _ right: Instant) -> Bool {
    left.isSessionStart == right.isSessionStart
  }

  private static func part(_ moment: Instant) -> Int {
    LocalClock.hour(moment.time) / 4 + (LocalClock.isWeekend(moment.time) ? 6 : 0)
  }

  private static func place(_ moment: Instant) -> UInt8 { min(moment.context.place, 3) }

  /// Share of the app among the targets that a condition holds for, smoothed towards another.
  private func backedOff(
    _ app: Int32, _ count: Int, prior: Float, to broader: Float, where holds: (Int) -> Bool
  ) -> Float {
    let matching = Set(targets(count).filter(holds))
    let own = sum(count) { matching.contains($0) && uses[$0].app == app }
    return (own + prior * broader) * (1 / (sum(count, where: matching.contains) + prior))
  }

  /// As `backedOff`, over the hours around that of each target, weighted by a Gaussian.
  private func hourly(_ app: Int32, _ count: Int, _ moment: Instant, to broader: Float) -> Float {
    let shares: [Float] = [0.054_489, 0.244_201, 0.402_620, 0.244_201, 0.054_489]
    var own: Float = 0
    var every: Float = 0
    for index in targets(count) where isAlike(uses[index].moment, moment) {
      let distance =
        (LocalClock.hour(moment.time) - LocalClock.hour(uses[index].moment.time) + 26) % 24
      guard distance < shares.count else { continue }
      let weight = lessons[index].liking * shares[distance]
      if uses[index].app == app { own += weight }
      every += weight
    }
    return (own + 8 * broader) * (1 / (every + 8))
  }
}
