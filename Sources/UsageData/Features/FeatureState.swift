import Models

/// Turns one phone's events, fed in time order, into examples.
///
/// The inputs of an example depend only on the events so far and on the context of the current
/// unlock. Once the buffers have grown nothing allocates.
///
/// What is kept, however old the history: counts and decayed counts per app, situation, follower and
/// pair of followed apps; of each app when it was last used; the order of apps by last use; start,
/// end, number of opens and context of this session and the one before; and the last
/// `sequenceLength` − 1 steps as the model reads them, an app and eight numbers each. No list of events
/// is kept, so real-time detail does not pile up: what is older than a day is in counts, but for the
/// last few steps of a phone that has rested.
package struct FeatureState: Sendable {
  /// Most candidates of one example.
  package static let maximumCandidates = 64
  /// Most of them that are on the phone but were never opened.
  static let maximumNewApps = 8

  let task: PredictionTask
  let shape: ExampleShape

  var memory: UsageMemory
  var session = SessionRecord()
  var previousSession = SessionRecord()
  /// Time of the last open or lock.
  var lastEvent: Int64?
  var steps: StepHistory

  let clock = ClockFeatures()
  var buffers = CandidateBuffers()

  package init(task: PredictionTask, shape: ExampleShape) {
    self.task = task
    self.shape = shape
    memory = UsageMemory(task: task)
    steps = StepHistory(length: shape.sequenceLength)
  }

  /// Forgets the client and keeps the allocations for the next one.
  package mutating func removeAll() {
    memory.removeAll()
    session = SessionRecord()
    previousSession = SessionRecord()
    lastEvent = nil
    steps.removeAll()
  }

  /// An app appeared on the phone.
  package mutating func observe(install: AppInstall) {
    memory.discover(install.app, at: install.time)
  }

  /// The phone was unlocked; an app that shows a notification is known to be on it.
  package mutating func observeUnlock(at time: Int64, context: DeviceContext) {
    session = SessionRecord(start: time, end: time, context: context)
    if context.notification >= 0 { memory.discover(context.notification, at: time) }
  }

  /// An app came to the foreground.
  package mutating func observe(open: AppOpen) {
    let isRepeat = memory.lastApp == open.app
    if !isRepeat || task == .firstApp {
      let time = isSessionStart ? session.start : open.time
      let isTarget = task == .firstApp ? isSessionStart : memory.lastApp >= 0
      steps.append(step(at: time))
      if isTarget { memory.observe(target: open, at: moment(at: time)) }
      memory.observe(open: open)
    }
    memory.noteUse(at: open.time)
    session.opens += 1
    lastEvent = open.time
  }

  /// The phone was locked.
  package mutating func observeLock(at time: Int64) {
    session.end = time
    previousSession = session
    lastEvent = time
  }

  /// Whether the next open is the first of its session.
  var isSessionStart: Bool { session.opens == 0 }

  var showsNotification: Bool { isSessionStart && session.context.notification >= 0 }

  /// Seconds since the last open or lock; nil before the first.
  func gap(at time: Int64) -> Int64? {
    lastEvent.map { max(time - $0, 0) }
  }

  func moment(at time: Int64) -> PredictionMoment {
    PredictionMoment(
      at: time, isSessionStart: isSessionStart, gap: gap(at: time), context: session.context,
      memory: memory)
  }
}

/// What is kept of a session.
struct SessionRecord: Sendable {
  var start: Int64 = 0
  var end: Int64 = 0
  var opens = 0
  var context = DeviceContext()
}
