import Foundation
import Models
import UsageData

/// The example of one moment, made from the part of the raw log that lies before it.
struct RecomputedExample {
  private(set) var apps: [Int32] = []
  private(set) var steps: [Float] = []
  private(set) var context: [Float] = []
  private(set) var candidates: [Int32] = []
  private(set) var features: [Float] = []

  init(of history: ClientHistory, at moment: Moment, task: PredictionTask, shape: ExampleShape) {
    let past = Past(of: history, before: moment, task: task)
    let memory = RecomputedMemory(
      task: task, uses: past.uses, discoveries: past.discoveries, lastUse: past.lastUse)
    writeSteps(past, shape)
    writeContext(past)
    writeCandidates(past.now, memory)
  }

  // MARK: - Sequence and context

  private mutating func writeSteps(_ past: Past, _ shape: ExampleShape) {
    let last = Int32(shape.vocabulary - 1)
    let moments = past.uses.map(\.moment) + [past.now]
    let before = [-1] + past.uses.map(\.app)
    let missing = max(shape.sequenceLength - moments.count, 0)
    apps = [Int32](repeating: -1, count: missing)
    steps = [Float](repeating: 0, count: missing * shape.stepWidth)
    for index in moments.indices.suffix(shape.sequenceLength) {
      let moment = moments[index]
      apps.append(min(before[index], last))
      let angle = Self.angle(moment.time)
      steps += [
        Self.logMinutes(moment.gap ?? 0), Float(sin(angle)), Float(cos(angle)),
        LocalClock.isWeekend(moment.time) ? 1 : 0, moment.context.place == 1 ? 1 : 0,
        moment.context.place == 2 ? 1 : 0, moment.isSessionStart ? 1 : 0,
        moment.notification >= 0 ? 1 : 0,
      ]
    }
  }

  private mutating func writeContext(_ past: Past) {
    let now = past.now
    let device = now.context
    let hour = Self.angle(now.time)
    let weekday = 2 * Double.pi * Double(LocalClock.weekday(now.time)) / 7
    func flag(_ condition: Bool) -> Float { condition ? 1 : 0 }
    context = [
      Float(sin(hour)), Float(cos(hour)), Float(sin(2 * hour)), Float(cos(2 * hour)),
      Float(sin(weekday)), Float(cos(weekday)), flag(LocalClock.isWeekend(now.time)),
      flag(device.place == 1), flag(device.place == 2), flag(device.place > 2),
      device.battery < 0 ? 0 : 2 * min(device.battery, 1) - 1, flag(device.isCharging),
      flag(device.network == .offline), flag(device.network == .cellular),
      flag(device.network == .wifi), flag(now.notification >= 0), Self.logMinutes(now.gap ?? 0),
      Self.logMinutes(past.previousLength), FeatureMath.log(1 + Float(past.previousOpens)) / 3,
      flag(now.isSessionStart),
    ]
  }

  /// Of the day, in steps of five minutes.
  private static func angle(_ time: Int64) -> Double {
    2 * Double.pi * Double(time % LocalClock.day / 300) / 288
  }

  private static func logMinutes(_ seconds: Int64) -> Float {
    FeatureMath.log(1 + Float(max(seconds, 0)) / 60) / 6
  }

  // MARK: - Candidates

  private mutating func writeCandidates(
    _ now: RecomputedMemory.Instant, _ memory: RecomputedMemory
  ) {
    let count = memory.uses.count
    let opened = memory.recency(count)
    let new = memory.discoveries.map(\.app).filter { !opened.contains($0) }.reversed().prefix(8)
    let first = memory.task == .nextApp ? 1 : 0
    candidates = Array(opened.dropFirst(first).prefix(64 - new.count)) + new

    let weights = memory.weights(count, now)
    let byGap = now.gap.map { FeatureMath.exp2(-Float($0) / 1800) } ?? 0
    for (position, app) in candidates.enumerated() {
      let isOpened = opened.contains(app)
      var numbers = memory.sources(of: app, rank: isOpened ? position : -1, count, now)
      let age = Float(max(now.time - (memory.lastUse[app] ?? 0), 0))
      // The last three sources are no features; what stands in their place comes after the mixture.
      numbers[13] = RecomputedMemory.sum(numbers * weights)
      numbers[14] = 1 / (1 + age / 60)
      numbers[15] = 1 / Float(position + 1)
      for lane in 0..<16 { features.append(0.5 * FeatureMath.log(numbers[lane] + 1e-4) + 2) }

      let isFirst: Float = position == 0 && isOpened ? 1 : 0
      let isNotified: Float = app == now.notification ? 1 : 0
      features += [
        isFirst, position == 1 && isOpened ? 1 : 0, isNotified, isFirst * byGap,
        isFirst * Self.logOdds(weights[13]),
        isNotified * Self.logOdds(memory.follows(count, now)),
        isOpened ? 0 : 3 * FeatureMath.exp2(-(age / 86_400)),
        FeatureMath.log(Float(app) + 1) / 2 - 1,
      ]
    }
  }

  private static func logOdds(_ probability: Float) -> Float {
    let bounded = min(max(probability, 0.01), 0.99)
    return FeatureMath.log(bounded / (1 - bounded)) / 2
  }
}

/// The part of a log that is known at a moment.
private struct Past {
  var uses: [RecomputedMemory.Use] = []
  var discoveries: [RecomputedMemory.Discovery] = []
  var lastUse: [Int32: Int64] = [:]
  var now: RecomputedMemory.Instant
  /// Of the session before the moment's own.
  var previousLength: Int64 = 0
  var previousOpens = 0

  init(of history: ClientHistory, before moment: Moment, task: PredictionTask) {
    let own = history.sessions[moment.session]
    let isFirst = moment.open == own.opens.lowerBound
    var lastEvent: Int64?
    var lastApp: Int32 = -1
    var installs = history.installs[...]
    now = RecomputedMemory.Instant(
      time: moment.time, isSessionStart: isFirst, gap: nil, context: own.context)

    for (index, session) in history.sessions[...moment.session].enumerated() {
      discover(&installs, before: session.start)
      if session.context.notification >= 0 {
        discover(session.context.notification, at: session.start)
      }
      for position in session.opens {
        let isStart = position == session.opens.lowerBound
        let open = history.opens[position]
        if !isStart { discover(&installs, before: open.time) }
        if index == moment.session, position == moment.open { break }
        let time = isStart ? session.start : open.time
        let instant = RecomputedMemory.Instant(
          time: time, isSessionStart: isStart, gap: lastEvent.map { max(time - $0, 0) },
          context: session.context)
        let isTarget = task == .firstApp ? isStart : lastApp >= 0
        if task == .firstApp || open.app != lastApp {
          discover(open.app, at: open.time, usesBefore: uses.count + 1)
          uses.append(.init(app: open.app, time: open.time, moment: instant, isTarget: isTarget))
        }
        lastUse[open.app] = open.time
        lastApp = open.app
        lastEvent = open.time
      }
      guard index < moment.session else { break }
      lastEvent = session.end
      previousLength = session.end - session.start
      previousOpens = session.opens.count
    }
    now.gap = lastEvent.map { max(moment.time - $0, 0) }
  }

  private mutating func discover(_ installs: inout ArraySlice<AppInstall>, before time: Int64) {
    while let install = installs.first, install.time < time {
      discover(install.app, at: install.time)
      installs.removeFirst()
    }
  }

  private mutating func discover(_ app: Int32, at time: Int64, usesBefore: Int? = nil) {
    guard !discoveries.contains(where: { $0.app == app }) else { return }
    discoveries.append(.init(app: app, time: time, usesBefore: usesBefore ?? uses.count))
    lastUse[app] = time
  }
}
