import LinearAlgebra
import Models

/// Clients with ready-made training examples, for measuring speed and nothing else.
///
/// Every client has 64 examples of random apps and context; the target follows the last app half
/// of the time, so that the loss has somewhere to go. There are at most `pool` different data
/// sets, shared by the clients in turn: a population of millions costs no more than a thousand.
package struct BenchmarkPopulation: Sendable {
  package static let examplesPerClient = 64
  package static let pool = 1_000
  private static let stepWidth = 8

  package let seed: UInt64
  package let clients: Int
  package let shape: ExampleShape

  package init(seed: UInt64, clients: Int, vocabulary: Int, sequenceLength: Int) {
    precondition(clients > 0 && vocabulary > 1 && sequenceLength > 0)
    self.seed = seed
    self.clients = clients
    shape = Self.shape(vocabulary: vocabulary, sequenceLength: sequenceLength)
  }

  package static func shape(vocabulary: Int, sequenceLength: Int) -> ExampleShape {
    ExampleShape(
      vocabulary: vocabulary, sequenceLength: sequenceLength, stepWidth: stepWidth,
      contextWidth: 0, candidateWidth: 0)
  }

  /// Number of different data sets.
  package var dataSets: Int { min(clients, Self.pool) }

  /// The number of the data set that a client trains on.
  package func dataSet(of client: Int) -> Int { client % Self.pool }

  /// One of the data sets, 0..<pool.
  package func examples(dataSet: Int) -> Examples {
    var stream = RandomStream(seed: seed, purpose: .benchmarkData, client: dataSet)
    var examples = Examples(shape: shape)
    let stepFloats = Self.examplesPerClient * shape.sequenceLength * shape.stepWidth
    // Every worker makes all data before its second round, so this must be quick: SplitMix64
    // (Steele, Lea and Flood 2014) from a keyed start, two numbers from each word.
    var state = stream.next()
    examples.steps = [Float](unsafeUninitializedCapacity: stepFloats) { steps, count in
      for index in stride(from: 0, to: stepFloats, by: 2) {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        steps[index] = Float(Int32(truncatingIfNeeded: word)) * 0x1p-31
        steps[index + 1] = Float(Int32(truncatingIfNeeded: word >> 32)) * 0x1p-31
      }
      count = stepFloats
    }
    examples.apps.reserveCapacity(Self.examplesPerClient * shape.sequenceLength)
    for _ in 0..<Self.examplesPerClient {
      var last = 0
      for _ in 0..<shape.sequenceLength {
        last = stream.below(shape.vocabulary)
        examples.apps.append(Int32(last))
      }
      let follows = stream.chance(0.5)
      let target = follows ? (last + 1) % shape.vocabulary : stream.below(shape.vocabulary)
      examples.targets.append(Int32(target))
      examples.targetCandidates.append(-1)
      examples.candidateOffsets.append(0)
    }
    return examples
  }
}
