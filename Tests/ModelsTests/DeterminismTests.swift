import LinearAlgebra
import Models
import Testing

/// Results depend on parameters and examples alone.
struct DeterminismTests {
  static let shape = ExampleShape(
    vocabulary: 23, sequenceLength: 6, stepWidth: 3, contextWidth: 7, candidateWidth: 9)

  @Test(arguments: modelNames)
  func workspaceAndPlaceDoNotMatter(name: String) {
    check(makeModel(name, Self.shape, embedding: 5, hidden: 11))
  }

  func check<M: Model>(_ model: M) {
    var stream = RandomStream(seed: 9, purpose: .benchmarkData)
    let others = randomExamples(Self.shape, count: 13, maximumCandidates: 30, using: &stream)
    let examples = randomExamples(Self.shape, count: 8, maximumCandidates: 20, using: &stream)
    let otherParameters = randomParameters(model.layout.count, using: &stream)
    let parameters = randomParameters(model.layout.count, using: &stream)
    let expected = evaluate(model, parameters, examples)

    // The same examples behind others, in a larger workspace that has seen other batches.
    let joined = join(others, examples)
    var workspace = model.makeWorkspace(batch: 13)
    for size in [13, 5, 1] as [Int32] {
      _ = evaluate(
        model, otherParameters, others, batch: Array(0..<size), &workspace)
    }
    let again = evaluate(model, parameters, joined, batch: Array(13..<21), &workspace)
    #expect(again.loss.bitPattern == expected.loss.bitPattern)
    #expect(again.gradient.map(\.bitPattern) == expected.gradient.map(\.bitPattern))
  }

  /// An example's scores do not depend on its neighbours or on how a range is cut.
  @Test(arguments: modelNames)
  func chunksDoNotMatter(name: String) {
    checkScores(makeModel(name, Self.shape, embedding: 5, hidden: 11))
  }

  func checkScores<M: Model>(_ model: M) {
    var stream = RandomStream(seed: 10, purpose: .benchmarkData)
    let examples = randomExamples(Self.shape, count: 11, maximumCandidates: 20, using: &stream)
    let parameters = randomParameters(model.layout.count, using: &stream)
    let together = scores(model, parameters, examples, workspace: 11)
    #expect(scores(model, parameters, examples, workspace: 4) == together)
    var oneByOne: [Float] = []
    for example in 0..<examples.count {
      oneByOne += scores(
        model, parameters, examples, range: example..<(example + 1), workspace: 2)
    }
    #expect(oneByOne == together)
    #expect(scores(model, parameters, examples, range: 5..<5, workspace: 4).isEmpty)
  }

  func join(_ first: Examples, _ second: Examples) -> Examples {
    var joined = first
    joined.apps += second.apps
    joined.steps += second.steps
    joined.context += second.context
    joined.candidateOffsets += second.candidateOffsets.dropFirst().map {
      $0 + first.candidateApps.count
    }
    joined.candidateApps += second.candidateApps
    joined.candidateFeatures += second.candidateFeatures
    joined.targets += second.targets
    joined.targetCandidates += second.targetCandidates
    return joined
  }
}
