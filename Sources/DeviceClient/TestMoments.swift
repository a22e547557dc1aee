import Federation
import UsageData

/// Moments that a client is tested on, with what was opened and when in the client's life.
struct TestMoments {
  let moments: ArraySlice<Moment>
  /// By position in `moments`; app ids of the catalogue.
  let opened: [Int32]
  /// By position in `moments`.
  let periods: [EvaluationPeriod]
  /// By position in `moments`; the app opened before, -1 for none.
  let preceding: [Int32]

  /// The test period of any client.
  static func test(of subject: ClientData.Subject) -> TestMoments {
    let end = endOfFirstWeek(of: subject)
    return TestMoments(subject, subject.split.test) { $0.time < end ? .coldTest : .test }
  }

  /// The first week of a client that no model was trained on, up to its test period.
  static func firstWeek(of subject: ClientData.Subject) -> TestMoments {
    let end = endOfFirstWeek(of: subject)
    let before = subject.moments.prefix(subject.split.test.lowerBound)
    let count = before.prefix { $0.time < end }.count
    return TestMoments(subject, 0..<count) { _ in .coldStart }
  }

  private init(
    _ subject: ClientData.Subject, _ range: Range<Int>, period: (Moment) -> EvaluationPeriod
  ) {
    moments = subject.moments[range]
    opened = moments.map { subject.history.opens[$0.open].app }
    periods = moments.map(period)
    preceding = moments.map { $0.open > 0 ? subject.history.opens[$0.open - 1].app : -1 }
  }

  private static func endOfFirstWeek(of subject: ClientData.Subject) -> Int64 {
    let start = subject.history.sessions.first?.start ?? 0
    return start + Int64(EvaluationPeriod.coldStartDays) * LocalClock.day
  }
}

/// What one predictor got on test moments, by period.
struct PeriodTallies {
  private let predictor: Predictor
  /// Whose success is counted as well; nil for none.
  private let backdoor: Backdoor?
  private var tallies: [EvaluationPeriod: PredictionTally] = [:]

  init(of predictor: Predictor, _ configuration: Configuration) {
    self.predictor = predictor
    backdoor = configuration.backdoor
  }

  /// Records the prediction at the moment with this position.
  ///
  /// - Parameter candidates: app ids of the catalogue, one per score.
  mutating func record(
    scores: UnsafeBufferPointer<Float>, candidates: ArraySlice<Int32>, target: Int,
    at position: Int, of test: TestMoments
  ) {
    tallies[test.periods[position], default: PredictionTally()].record(
      scores: scores, candidates: candidates, target: target, opened: test.opened[position],
      by: predictor)
    guard let backdoor else { return }
    recordTriggered(backdoor, scores: scores, candidates: candidates, at: position, of: test)
  }

  /// Where the trigger is there, something else was opened and the target could be suggested: whether it is.
  private mutating func recordTriggered(
    _ backdoor: Backdoor, scores: UnsafeBufferPointer<Float>, candidates: ArraySlice<Int32>,
    at position: Int, of test: TestMoments
  ) {
    let target = Int32(backdoor.targetApp)
    guard test.preceding[position] == Int32(backdoor.triggerApp), test.opened[position] != target,
      EvaluationPeriod.tested.contains(test.periods[position]),
      let place = candidates.firstIndex(of: target)
    else { return }
    tallies[.triggered, default: PredictionTally()].record(
      scores: scores, candidates: candidates, target: place - candidates.startIndex, opened: target,
      by: predictor)
  }

  var parts: [ClientEvaluation.Part] {
    EvaluationPeriod.allCases.compactMap { period in
      tallies[period].map { ClientEvaluation.Part(predictor, period, $0) }
    }
  }
}
