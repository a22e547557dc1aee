import Models

/// What one phone remembers of its history to describe the apps that may come next.
///
/// Fed with events in time order, it writes examples whose inputs depend only on the events so
/// far and on the context of the current unlock. An event costs the same at any age of the
/// history, and once the buffers have grown nothing allocates.
package struct FeatureState: Sendable {
  /// Most candidates of one example.
  package static let maximumCandidates = 64
  /// Most of them that appeared on the phone but were never opened.
  static let maximumNewApps = 8

  let task: PredictionTask
  let shape: ExampleShape

  var slots = AppSlots()
  /// By slot.
  var apps: [AppRecord] = []
  var totals = UsageCounts()
  var decay = DecayClock()
  /// Slots of the apps opened so far, most recent first.
  var recency: [Int32] = []
  /// Slots of the apps on the phone that were never opened, newest first.
  var newApps: [Int32] = []

  /// After an unlock, and inside a session.
  var contexts = [ContextCounts(), ContextCounts()]
  /// Rows by the app before and the position, see `lastRow`.
  var afterLast = FollowerCounts()
  /// Rows by the last two apps and the position, see `pairKey`.
  var afterLastTwo = FollowerCounts()
  var pairRows: [UInt64: Int] = [:]
  var notifications = NotificationCounts()
  var mixture = MixtureWeights()

  var session = SessionRecord()
  var previousSession = SessionRecord()
  /// Time of the last open or lock.
  var lastEvent: Int64?
  var steps: StepHistory
  let clock = ClockFeatures()
  var scratch = FeatureScratch()

  package init(task: PredictionTask, shape: ExampleShape) {
    self.task = task
    self.shape = shape
    steps = StepHistory(length: shape.sequenceLength)
  }

  /// Forgets the client and keeps the memory for the next one.
  package mutating func removeAll() {
    slots.removeAll()
    apps.removeAll(keepingCapacity: true)
    totals = UsageCounts()
    decay = DecayClock()
    recency.removeAll(keepingCapacity: true)
    newApps.removeAll(keepingCapacity: true)
    for position in contexts.indices { contexts[position].removeAll() }
    afterLast.removeAll()
    afterLastTwo.removeAll()
    pairRows.removeAll(keepingCapacity: true)
    notifications = NotificationCounts()
    mixture.removeAll()
    session = SessionRecord()
    previousSession = SessionRecord()
    lastEvent = nil
    steps.removeAll()
  }

  /// 0 when the next open is the first of its session, else 1.
  var position: Int { session.opens == 0 ? 0 : 1 }

  /// Index in `recency` of the most recent app that can come next.
  var firstCandidate: Int { task == .nextApp ? 1 : 0 }
}

/// What is kept of a session.
struct SessionRecord: Sendable {
  var start: Int64 = 0
  var end: Int64 = 0
  var opens = 0
  var context = DeviceContext()
}
