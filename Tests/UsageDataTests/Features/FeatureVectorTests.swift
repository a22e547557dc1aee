import Models
import Testing

import UsageData

/// Candidate features against Vectors/features.py, which sums over all earlier events.
struct FeatureVectorTests {
  struct Row: Decodable {
    let open: Int
    let features: [Float]
  }

  @Test(arguments: PredictionTask.allCases)
  func candidateFeaturesEqualSumsOverTheLog(task: PredictionTask) throws {
    let history = try SyntheticLog.load()
    let vectors: [String: [Row]] = try decodeVectors("features.json")
    let expected = try #require(vectors[task.rawValue])
    let positions = Set(expected.map(\.open))
    let moments = task.moments(in: history).filter { positions.contains($0.open) }
    let shape = FeatureLayout.shape(vocabulary: 20, sequenceLength: 4)
    var state = FeatureState(task: task, shape: shape)
    var examples = Examples(shape: shape)
    var candidates: [Int32] = []
    state.appendExamples(of: history, moments: moments, into: &examples, candidates: &candidates)
    #expect(examples.count == expected.count)
    for (index, row) in expected.enumerated() {
      let range = examples.candidates(of: index)
      let width = shape.candidateWidth
      let features = examples.candidateFeatures[range.lowerBound * width..<range.upperBound * width]
      #expect(features.count == row.features.count)
      for (offset, pair) in zip(features, row.features).enumerated() {
        let name = FeatureLayout.Candidate(rawValue: offset % width)
        #expect(
          abs(pair.0 - pair.1) < 1e-3, "\(String(describing: name)), open \(row.open)")
      }
    }
  }
}
