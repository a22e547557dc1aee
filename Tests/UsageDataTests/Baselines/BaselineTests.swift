import Models
import Testing
import UsageData

/// Scores against Vectors/baselines.py, which counts directly.
struct BaselineTests {
  struct Row: Decodable {
    let open: Int
    let candidates: [Int32]
    let scores: [String: [Float]]
  }

  @Test(arguments: PredictionTask.allCases)
  func scoresEqualDirectCounting(task: PredictionTask) throws {
    let history = try SyntheticLog.load()
    let vectors: [String: [Row]] = try decodeVectors("baselines.json")
    let expected = try #require(vectors[task.rawValue])
    let moments = task.moments(in: history)
    let split = ChronologicalSplit(of: moments, in: history, by: .lastFraction(0.2))
    #expect(moments[split.test].map(\.open) == expected.map(\.open))
    for kind in BaselineKind.all(for: task) {
      var baseline = kind.fitted(to: history, moments: moments, split: split, task: task)
      for (moment, row) in zip(moments[split.test], expected) {
        var scores = [Float](repeating: .nan, count: row.candidates.count)
        row.candidates.withUnsafeBufferPointer { candidates in
          scores.withUnsafeMutableBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            baseline.score(moment, in: history, candidates: candidates, into: start)
          }
        }
        let wanted = try #require(row.scores[kind.rawValue])
        let differences = zip(scores, wanted).map { abs($0 - $1) }
        #expect(wanted.count == scores.count)
        #expect(differences.allSatisfy { $0 < 1e-5 }, "\(kind) at open \(row.open)")
      }
    }
  }

  @Test(arguments: PredictionTask.allCases)
  func examplesOfferTheSameCandidates(task: PredictionTask) throws {
    let history = try SyntheticLog.load()
    let vectors: [String: [Row]] = try decodeVectors("baselines.json")
    let expected = try #require(vectors[task.rawValue])
    let moments = task.moments(in: history)
    let split = ChronologicalSplit(of: moments, in: history, by: .lastFraction(0.2))
    let shape = FeatureLayout.shape(vocabulary: 6, sequenceLength: 3)
    var state = FeatureState(task: task, shape: shape)
    var examples = Examples(shape: shape)
    var candidates: [Int32] = []
    state.appendExamples(
      of: history, moments: moments[split.test], into: &examples, candidates: &candidates)
    #expect(candidates == expected.flatMap(\.candidates))
    #expect(examples.candidateApps == candidates.map { min($0, 5) })
    for (index, moment) in moments[split.test].enumerated() {
      let app = history.opens[moment.open].app
      let place = expected[index].candidates.firstIndex(of: app) ?? -1
      #expect(examples.targets[index] == min(app, 5))
      #expect(examples.targetCandidates[index] == Int32(place))
    }
  }

  @Test func onlyFirstAppKnowsRepeatFirst() {
    #expect(BaselineKind.all(for: .firstApp).contains(.repeatFirst))
    #expect(!BaselineKind.all(for: .nextApp).contains(.repeatFirst))
  }
}
