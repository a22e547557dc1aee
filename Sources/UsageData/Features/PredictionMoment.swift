/// What the candidates of one moment have in common.
struct PredictionMoment: Sendable {
  let time: Int64
  /// 0 after an unlock, 1 inside a session.
  let position: Int
  /// Seconds since the last open or lock; nil before the first.
  let gap: Int64?
  let situation: ContextCounts.Situation
  /// Slot of the app opened last, or -1.
  let last: Int
  /// Row of the last two apps in `afterLastTwo`, or -1.
  let pairRow: Int
  /// Slot of the app whose notification is on the lock screen, or -1.
  let notification: Int
  /// Probability that the client follows the notification.
  let follows: Float
  /// Range of the gap in `MixtureWeights`.
  let gapRange: Int
  /// Of the mixture's sources; they sum to 1.
  let weights: MixtureWeights.Sources

  /// Decay factors of the counts, and 1 ÷ (total count + prior count) of each distribution.
  let openScale: DecayClock.Weights
  let openReciprocal: DecayClock.Weights
  let allReciprocal: Float
  let targetReciprocal: Float
  let allTargetReciprocal: Float
  let lastReciprocal: Float
  let pairReciprocal: Float
  let contextReciprocal: SIMD4<Float>

  /// The moment of the next open, `gap` seconds after the last event.
  init(
    at time: Int64, isSessionStart: Bool, gap: Int64?, context: DeviceContext,
    memory: borrowing UsageMemory
  ) {
    self.time = time
    self.gap = gap
    position = isSessionStart ? 0 : 1
    situation = ContextCounts.Situation(time: time, place: context.place)
    last = memory.recency.isEmpty ? -1 : Int(memory.recency[0])
    pairRow = memory.pairRow(position: position)

    let isShown = isSessionStart && context.notification >= 0
    notification = isShown ? memory.slots.slot(of: context.notification) : -1
    follows = isShown ? memory.followedShare(of: notification) : 0
    gapRange = MixtureWeights.range(gap: gap ?? .max, isSessionStart: isSessionStart)
    var weights = memory.mixture.weights(inRange: gapRange) * (1 - follows)
    weights[MixtureWeights.notification] = follows
    self.weights = weights

    let totals = memory.totals
    openScale = memory.decay.scale(at: time)
    openReciprocal = 1 / (totals.recentOpens * openScale + PriorCount.decayed)
    allReciprocal = 1 / (totals.opens + PriorCount.app * Float(memory.slots.count + 1))
    let recentTargets = totals.recentTargets * openScale[DecayClock.week]
    targetReciprocal = 1 / (recentTargets + PriorCount.target)
    allTargetReciprocal = 1 / (totals.targets + PriorCount.target)
    let lastTotal =
      last < 0 ? 0 : memory.afterLast.total(ofRow: memory.lastRow(of: last, position: position))
    lastReciprocal = 1 / (lastTotal + PriorCount.afterLast)
    let pairTotal = pairRow < 0 ? 0 : memory.afterLastTwo.total(ofRow: pairRow)
    pairReciprocal = 1 / (pairTotal + PriorCount.afterLastTwo)
    contextReciprocal =
      1 / (memory.contexts[position].totals(in: situation) + PriorCount.context)
  }
}

/// How many counts the broader distribution is worth where a narrower one backs off to it.
enum PriorCount {
  /// Of each app in the undecayed share of opens.
  static let app: Float = 0.5
  static let decayed: Float = 2
  static let target: Float = 5
  static let afterLast: Float = 5
  static let afterLastTwo: Float = 3
  /// Hour, part of the day, place, part of the day at the place.
  static let context = SIMD4<Float>(8, 8, 8, 4)
  static let notification: Float = 4
}
