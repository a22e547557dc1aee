import LinearAlgebra
import Models
import Testing
import UsageData

struct FeatureStateTests {
  static let shape = FeatureLayout.shape(vocabulary: 12, sequenceLength: 5)

  static func examples(
    of history: ClientHistory, _ moments: [Moment], _ state: inout FeatureState
  ) -> Examples {
    var examples = Examples(shape: shape)
    var candidates: [Int32] = []
    state.appendExamples(of: history, moments: moments, into: &examples, candidates: &candidates)
    return examples
  }

  static func expectSameInputs(_ left: Examples, _ right: Examples) {
    // Compared outside of the macro, which would print every number.
    let differences = [
      "apps": left.apps != right.apps, "steps": left.steps != right.steps,
      "context": left.context != right.context,
      "candidates": left.candidateApps != right.candidateApps
        || left.candidateOffsets != right.candidateOffsets,
      "features": left.candidateFeatures != right.candidateFeatures,
    ].filter(\.value).keys.sorted()
    #expect(differences.isEmpty)
  }

  /// The history with everything that the moment must not see thrown about.
  static func mutilate(_ history: ClientHistory, from moment: Moment) -> ClientHistory {
    var other = history
    for index in moment.open..<other.opens.count {
      other.opens[index].app = Int32((index * 7) % 23)
      // Inside a session the time of the target is the moment of prediction.
      if history.opens[index].time > moment.time { other.opens[index].time += 977 }
    }
    other.sessions[moment.session].end += 5000
    other.sessions[moment.session].opens = history.sessions[moment.session].opens
    for index in (moment.session + 1)..<max(other.sessions.count, moment.session + 1) {
      other.sessions[index].start += 3333
      other.sessions[index].end += 7777
      other.sessions[index].context.notification = 3
      other.sessions[index].context.place = 2
    }
    other.installs = history.installs.filter { $0.time < moment.time }
    other.installs.append(AppInstall(time: moment.time, app: 39))
    return other
  }

  @Test(arguments: PredictionTask.allCases, [1, 2, 3] as [UInt64])
  func nothingOfTheFutureReachesAnExample(task: PredictionTask, seed: UInt64) {
    let history = OddHistory.make(seed: seed, sessions: 250)
    let moments = task.moments(in: history)
    var state = FeatureState(task: task, shape: Self.shape)
    for moment in moments.enumerated().filter({ $0.offset % 11 == 0 }).map(\.element) {
      let original = Self.examples(of: history, [moment], &state)
      let mutilated = Self.examples(of: Self.mutilate(history, from: moment), [moment], &state)
      Self.expectSameInputs(original, mutilated)
    }
  }

  @Test(arguments: PredictionTask.allCases)
  func onePassEqualsAFreshReplayForEachMoment(task: PredictionTask) {
    let history = OddHistory.make(seed: 4, sessions: 250)
    let moments = task.moments(in: history)
    var reused = FeatureState(task: task, shape: Self.shape)
    let other = OddHistory.make(seed: 5, sessions: 250)
    _ = Self.examples(of: other, task.moments(in: other), &reused)
    let together = Self.examples(of: history, moments, &reused)
    #expect(together.count == moments.count)

    var onebyone = Examples(shape: Self.shape)
    for moment in moments {
      var fresh = FeatureState(task: task, shape: Self.shape)
      var candidates: [Int32] = []
      fresh.appendExamples(
        of: history, moments: [moment], into: &onebyone, candidates: &candidates)
    }
    Self.expectSameInputs(together, onebyone)
    #expect(together.targets == onebyone.targets)
    #expect(together.targetCandidates == onebyone.targetCandidates)
  }

  @Test(arguments: PredictionTask.allCases)
  func everyInputIsFiniteAndModest(task: PredictionTask) {
    var state = FeatureState(task: task, shape: Self.shape)
    for seed in 6..<10 as Range<UInt64> {
      let history = OddHistory.make(seed: seed, sessions: 250)
      let examples = Self.examples(of: history, task.moments(in: history), &state)
      #expect(examples.candidateFeatures.allSatisfy { $0.magnitude <= 3.5 })
      #expect(examples.context.allSatisfy { $0.magnitude <= 2 })
      #expect(examples.steps.allSatisfy { $0.magnitude <= 2 })
      #expect(examples.steps.count == examples.count * Self.shape.sequenceLength * 8)
      #expect(examples.context.count == examples.count * Self.shape.contextWidth)
    }
  }

  @Test func theSequenceEndsWithTheLastAppAndTheMoment() {
    let history = OddHistory.make(seed: 10, sessions: 250)
    let moments = PredictionTask.firstApp.moments(in: history)
    var state = FeatureState(task: .firstApp, shape: Self.shape)
    let examples = Self.examples(of: history, moments, &state)
    let length = Self.shape.sequenceLength
    for (index, moment) in moments.enumerated() {
      let earlier = history.opens[..<moment.open].suffix(length).map { min($0.app, 11) }
      let padding = [Int32](repeating: -1, count: length - earlier.count)
      #expect(Array(examples.apps[index * length..<(index + 1) * length]) == padding + earlier)
      let last = (index * length + length - 1) * Self.shape.stepWidth
      let session = history.sessions[moment.session]
      let isHome = examples.steps[last + FeatureLayout.Step.isFirstPlace.rawValue]
      #expect(isHome == (session.context.place == 1 ? 1 : 0))
      #expect(examples.steps[last + FeatureLayout.Step.isSessionStart.rawValue] == 1)
    }
  }

  @Test func theContextShowsThePhone() {
    var state = FeatureState(task: .firstApp, shape: Self.shape)
    var device = DeviceContext()
    device.place = 2
    device.battery = 0.75
    device.isCharging = true
    device.network = .wifi
    device.notification = 4
    let saturdayNoon: Int64 = 1_767_571_200 + 5 * LocalClock.day + LocalClock.day / 2
    state.observeUnlock(at: saturdayNoon, context: device)
    var examples = Examples(shape: Self.shape)
    state.write(at: saturdayNoon, target: -1, into: &examples)
    func value(_ name: FeatureLayout.Context) -> Float { examples.context[name.rawValue] }
    #expect(abs(value(.hourSine)) < 1e-6)
    #expect(value(.hourCosine) == -1)
    #expect(value(.isWeekend) == 1)
    #expect(value(.isFirstPlace) == 0)
    #expect(value(.isSecondPlace) == 1)
    #expect(value(.battery) == 0.5)
    #expect(value(.isCharging) == 1)
    #expect(value(.isWifi) == 1)
    #expect(value(.isCellular) == 0)
    #expect(value(.hasNotification) == 1)
    #expect(value(.isSessionStart) == 1)
    // An app that shows a notification is a candidate before its first open.
    #expect(examples.candidateApps == [4])
    #expect(examples.targets == [-1])
    #expect(examples.targetCandidates == [-1])
  }

  @Test func candidatesAreBoundedAndKeepRoomForNewApps() {
    var state = FeatureState(task: .firstApp, shape: Self.shape)
    for app in 0..<100 as Range<Int32> {
      let time = 1_767_571_200 + Int64(app) * 600
      state.observeUnlock(at: time, context: DeviceContext())
      state.observe(open: AppOpen(time: time + 1, app: app))
      state.observeLock(at: time + 60)
    }
    let now: Int64 = 1_767_571_200 + LocalClock.day
    for app in 200..<220 as Range<Int32> { state.observe(install: AppInstall(time: now, app: app)) }
    state.observeUnlock(at: now + 5, context: DeviceContext())
    var examples = Examples(shape: Self.shape)
    state.write(at: now + 5, target: 219, into: &examples)
    var candidates: [Int32] = []
    state.appendCandidates(to: &candidates)
    #expect(candidates.count == FeatureState.maximumCandidates)
    #expect(candidates.first == 99)
    #expect(candidates.suffix(8) == [219, 218, 217, 216, 215, 214, 213, 212])
    #expect(examples.targetCandidates == [56])
  }
}
