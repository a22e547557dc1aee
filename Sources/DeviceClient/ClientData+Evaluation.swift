import Federation
import Glibc
import UsageData

/// The predictors that are no models.
extension ClientData {
  /// What sets the client apart from others.
  func traits(of client: Int, _ subject: Subject) -> ClientTraits {
    var archetype: Int?
    if case .synthetic(let synthetic) = population { archetype = synthetic.archetype(of: client) }
    return ClientTraits(archetype: archetype, history: subject.history)
  }

  /// How the baselines do on the test period, which is loaded.
  func baselines(of subject: Subject, on test: TestMoments) -> [ClientEvaluation.Part] {
    BaselineKind.all(for: configuration.task).flatMap { kind -> [ClientEvaluation.Part] in
      guard let predictor = Predictor(name: kind.rawValue) else { return [] }
      var baseline = kind.fitted(
        to: subject.history, moments: subject.moments, split: subject.split,
        task: configuration.task)
      var tallies = PeriodTallies(of: predictor, configuration)
      var scores = [Float](repeating: 0, count: FeatureState.maximumCandidates)
      for (index, moment) in test.moments.enumerated() {
        let range = examples.candidates(of: index)
        scores.withUnsafeMutableBufferPointer { scores in
          guard let start = scores.baseAddress else { return }
          candidates.withUnsafeBufferPointer {
            baseline.score(
              moment, in: subject.history, candidates: UnsafeBufferPointer(rebasing: $0[range]),
              into: start)
          }
          tallies.record(
            scores: UnsafeBufferPointer(start: start, count: range.count),
            candidates: candidates[range], target: Int(examples.targetCandidates[index]),
            at: index, of: test)
        }
      }
      return tallies.parts
    }
  }

  /// How the best possible predictor does; empty where the truth is not known.
  func ceiling(
    of subject: Subject, client: Int, on test: TestMoments
  ) -> [ClientEvaluation.Part] {
    guard case .synthetic(let synthetic) = population else { return [] }
    let ceiling = synthetic.ceiling(
      of: client, history: subject.history, moments: Array(test.moments),
      task: configuration.task)
    var tallies = PeriodTallies(of: .bayesOptimal, configuration)
    for index in test.moments.indices.map({ $0 - test.moments.startIndex }) {
      let range = ceiling.offsets[index]..<ceiling.offsets[index + 1]
      let scores = ceiling.probabilities[range].map { Float(log($0)) }
      let apps = ceiling.apps[range]
      let target = apps.firstIndex(of: test.opened[index]).map { $0 - range.lowerBound } ?? -1
      scores.withUnsafeBufferPointer {
        tallies.record(scores: $0, candidates: apps, target: target, at: index, of: test)
      }
    }
    return tallies.parts
  }
}
