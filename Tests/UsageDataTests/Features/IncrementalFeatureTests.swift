import LinearAlgebra
import Models
import Testing
import UsageData

/// Features kept up to date event by event, against features summed anew over the whole log.
struct IncrementalFeatureTests {
  static let shape = FeatureLayout.shape(vocabulary: 12, sequenceLength: 5)

  /// 1 000 logs of different length, with every kind of event and every oddity of real ones.
  @Test func incrementalFeaturesEqualRecomputedOnes() {
    // One state per task for all logs: nothing of a client may be left for the next.
    var states = PredictionTask.allCases.map { FeatureState(task: $0, shape: Self.shape) }
    var compared = 0
    for seed in 0..<1_000 {
      let history = OddHistory.make(seed: UInt64(seed))
      let chosen = seed % states.count
      let task = PredictionTask.allCases[chosen]
      let moments = Self.sample(of: task.moments(in: history), seed: UInt64(seed))
      states[chosen].removeAll()
      var examples = Examples(shape: Self.shape)
      var candidates: [Int32] = []
      Self.live(history, &states[chosen], moments, into: &examples, &candidates)
      for (index, moment) in moments.enumerated() {
        let slow = RecomputedExample(of: history, at: moment, task: task, shape: Self.shape)
        let difference = Self.difference(slow, examples, candidates, index)
        #expect(difference == nil, "log \(seed), open \(moment.open)")
        compared += 1
      }
    }
    #expect(compared > 2_500)
  }

  /// The first part of an example that differs, to the last bit; nil when none does.
  private static func difference(
    _ slow: RecomputedExample, _ examples: Examples, _ candidates: [Int32], _ index: Int
  ) -> String? {
    func slice<Value>(_ values: [Value], _ width: Int) -> ArraySlice<Value> {
      values[index * width..<(index + 1) * width]
    }
    let own = examples.candidates(of: index)
    let width = shape.candidateWidth
    let features = examples.candidateFeatures[own.lowerBound * width..<own.upperBound * width]
    if slow.apps != Array(slice(examples.apps, shape.sequenceLength)) { return "apps" }
    if slow.steps != Array(slice(examples.steps, shape.sequenceLength * shape.stepWidth)) {
      return "steps"
    }
    if slow.context != Array(slice(examples.context, shape.contextWidth)) { return "context" }
    if slow.candidates != Array(candidates[own]) { return "candidates" }
    let wrong = zip(slow.features, features).enumerated().first { $0.element.0 != $0.element.1 }
    if let wrong {
      return "\(FeatureLayout.Candidate.allCases[wrong.offset % width]): \(wrong.element)"
    }
    return slow.features.count == features.count ? nil : "number of features"
  }

  /// Lives through the log as a phone does, with a prediction at every unlock and every open; keeps
  /// those of the chosen moments.
  private static func live(
    _ history: ClientHistory, _ state: inout FeatureState, _ moments: [Moment],
    into examples: inout Examples, _ candidates: inout [Int32]
  ) {
    var others = Examples(shape: shape)
    var chosen = moments[...]
    var installs = history.installs[...]
    func install(before time: Int64) {
      while let first = installs.first, first.time < time {
        state.observe(install: first)
        installs.removeFirst()
      }
    }
    for session in history.sessions {
      install(before: session.start)
      state.observeUnlock(at: session.start, context: session.context)
      others.removeAll()
      state.write(at: session.start, target: -1, into: &others)
      for index in session.opens {
        let open = history.opens[index]
        if index != session.opens.lowerBound { install(before: open.time) }
        if let moment = chosen.first, moment.open == index {
          state.write(at: moment.time, target: open.app, into: &examples)
          state.appendCandidates(to: &candidates)
          chosen.removeFirst()
        } else {
          others.removeAll()
          state.write(at: open.time, target: open.app, into: &others)
        }
        state.observe(open: open)
      }
      state.observeLock(at: session.end)
    }
  }

  private static func sample(of moments: [Moment], seed: UInt64) -> [Moment] {
    var stream = RandomStream(seed: seed, purpose: .exampleOrder)
    let indices = Set((0..<3).map { _ in stream.below(max(moments.count, 1)) })
    return indices.sorted().filter { $0 < moments.count }.map { moments[$0] }
  }
}
