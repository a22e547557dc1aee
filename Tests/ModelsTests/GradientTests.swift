import LinearAlgebra
import Models
import Testing

/// Gradients against central finite differences, slice by slice.
struct GradientTests {
  static let shape = ExampleShape(
    vocabulary: 11, sequenceLength: 5, stepWidth: 3, contextWidth: 4, candidateWidth: 6)

  @Test(arguments: modelNames)
  func matchesFiniteDifferences(name: String) {
    check(makeModel(name, Self.shape, embedding: 4, hidden: 7))
  }

  func check<M: Model>(_ model: M) {
    var stream = RandomStream(seed: 5, purpose: .benchmarkData)
    let examples = randomExamples(
      Self.shape, count: 9, maximumCandidates: 12, using: &stream)
    let parameters = randomParameters(model.layout.count, using: &stream)
    let gradient = evaluate(model, parameters, examples).gradient
    let step: Float = 0.01
    for slice in model.layout.slices {
      for _ in 0..<10 {
        // A random direction of length 1 within the slice.
        var direction = slice.range.map { _ in Float(stream.normal()) }
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for index in direction.indices { direction[index] /= length }
        var forward = parameters
        var backward = parameters
        var expected: Float = 0
        for (index, place) in slice.range.enumerated() {
          forward[place] += step * direction[index]
          backward[place] -= step * direction[index]
          expected += gradient[place] * direction[index]
        }
        let rise =
          evaluate(model, forward, examples).loss - evaluate(model, backward, examples).loss
        #expect(abs(rise / (2 * step) - expected) < 2e-4, "\(slice.name)")
      }
    }
  }
}
