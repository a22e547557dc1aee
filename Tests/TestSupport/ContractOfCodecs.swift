import Federation
import LinearAlgebra
import SecureAggregation
import Testing

/// What every codec keeps: whole numbers that add up in any order, and their sum the updates' again.
///
/// - Parameters:
///   - length: coordinates of an update.
///   - norm: of the updates, which the codec holds.
///   - noise: the most that noise makes of a coordinate of the sum.
///   - make: the same codec again.
package func checkCodec(
  length: Int, norm: Double, noise: Double = 0, sourceLocation: SourceLocation = #_sourceLocation,
  _ make: () throws -> any UpdateCodec
) throws {
  let codec = try make()
  let updates = updates(length: length, norm: norm)
  let weights = [1, 1, 1]
  func sum(_ clients: [Int], with codec: any UpdateCodec) -> UpdateSum {
    var sum = UpdateSum(parameters: codec.length)
    for client in clients {
      let isAdded = updates[client].withUnsafeBufferPointer {
        codec.encode($0, note(weights[client], norm), client: client, into: &sum)
      }
      #expect(isAdded, "a short update is refused", sourceLocation: sourceLocation)
    }
    return sum
  }
  let all = sum([0, 1, 2], with: codec)
  #expect(
    all == sum([2, 0, 1], with: codec), "the order of clients counts",
    sourceLocation: sourceLocation)
  #expect(
    try all == sum([0, 1, 2], with: make()), "both sides do not make the same codec",
    sourceLocation: sourceLocation)
  #expect(try make().description == codec.description, sourceLocation: sourceLocation)
  var parts = sum([1], with: codec)
  parts.add(sum([2, 0], with: codec))
  let other = try codec.decode(parts, participants: 3)
  let decoded = try codec.decode(all, participants: 3)
  #expect(decoded == other, "sums of sums are other sums", sourceLocation: sourceLocation)
  #expect(
    decoded.count == 3 && decoded.weight == 3, "the sum is of other clients",
    sourceLocation: sourceLocation)
  expect(
    decoded, near: (0..<length).map { index in updates.reduce(0) { $0 + Double($1[index]) } },
    within: 3 * (codec.normGrowth + 1e-6 * norm) + noise * Double(length).squareRoot(),
    sourceLocation)

  // One client's vector by itself is what it adds to the sum.
  let modulus = codec.modulus ?? .bits64
  let own = updates[1].withUnsafeBufferPointer { codec.residues($0, note(1, norm), client: 1) }
  #expect(
    own == ResidueVector(sum([1], with: codec), modulus: modulus),
    "what is masked is not what is added", sourceLocation: sourceLocation)
  #expect(
    own?.count == codec.length && codec.byteCount > 0, sourceLocation: sourceLocation)

  // What is no number adds nothing.
  for bad in [Float.nan, .infinity, -.infinity] {
    var update = updates[0]
    update[length - 1] = bad
    var sum = UpdateSum(parameters: codec.length)
    let isAdded = update.withUnsafeBufferPointer {
      codec.encode($0, note(1, .infinity), client: 0, into: &sum)
    }
    #expect(
      !isAdded && sum == UpdateSum(parameters: codec.length), "\(bad) is added",
      sourceLocation: sourceLocation)
  }
}

private func note(_ weight: Int, _ norm: Double) -> ClientNote {
  var note = ClientNote(.reported)
  note.weight = weight
  note.examples = 4
  note.loss = 0.5
  note.norm = norm
  note.largestNorm = norm
  return note
}

/// Three updates of this norm.
private func updates(length: Int, norm: Double) -> [[Float]] {
  var stream = RandomStream(key: (72, 0), counter: (0, 0, 0))
  return (0..<3).map { _ in
    let update = (0..<length).map { _ in Float(stream.uniform() - 0.5) }
    let scale = Float(norm / TestSupport.norm(update))
    return update.map { $0 * scale }
  }
}

private func expect(
  _ decoded: RoundSum, near expected: [Double], within distance: Double,
  _ sourceLocation: SourceLocation
) {
  let found: [Double] =
    switch decoded.values {
    case .steps(let steps): steps.map { Double($0) / Double(1 << UpdateSum.fractionBits) }
    case .real(let numbers): numbers
    }
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  let squares = zip(found, expected).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  #expect(
    squares.squareRoot() <= distance, "the sum is off by \(squares.squareRoot()), not \(distance)",
    sourceLocation: sourceLocation)
}
