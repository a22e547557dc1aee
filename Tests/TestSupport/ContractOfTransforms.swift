import Federation
import LinearAlgebra
import Testing

/// What every stage keeps that updates go through, on clients and on the server.
///
/// - Parameter privacy: as the server has it; nil without a mechanism.
package func checkTransform(
  _ transform: any UpdateTransform, privacy: PrivacyState? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(
    transform.normGrowth >= 0 && transform.normGrowth.isFinite, "a norm grows by no such number",
    sourceLocation: sourceLocation)
  checkClients(transform, bound: privacy?.clippingBound ?? 0.5, sourceLocation)
  try checkServer(transform, privacy, sourceLocation)
}

private func checkClients(
  _ transform: any UpdateTransform, bound: Double, _ sourceLocation: SourceLocation
) {
  var stream = RandomStream(key: (71, 0), counter: (0, 0, 0))
  func after(
    _ update: [Float], _ note: ClientNote, client: Int
  ) -> (update: [Float], note: ClientNote) {
    var (update, note) = (update, note)
    let context = ClientContext(client: client, round: 3, clippingBound: bound, normGrowth: 1e-6)
    update.withUnsafeMutableBufferPointer { transform.onClient($0, &note, context) }
    return (update, note)
  }
  for length in [0.1, 1, 30] {
    let update = (0..<50).map { _ in Float(length * (stream.uniform() - 0.5)) }
    var note = ClientNote(.reported)
    note.examples = 7
    note.weight = 3
    let one = after(update, note, client: 4)
    _ = after(update.map { -$0 }, note, client: 5)
    let again = after(update, note, client: 4)
    #expect(
      one.update.map(\.bitPattern) == again.update.map(\.bitPattern) && one.note == again.note,
      "a client that comes again is not the same", sourceLocation: sourceLocation)
    #expect(
      one.update.allSatisfy { $0.isFinite }, "a number is lost", sourceLocation: sourceLocation)
    #expect(
      one.note.fate == .reported && one.note.examples == 7 && one.note.weight == 3,
      "the client is taken for another", sourceLocation: sourceLocation)
    #expect(
      norm(one.update) <= one.note.largestNorm * (1 + 1e-6),
      "the update is longer than its note says", sourceLocation: sourceLocation)
  }
  // What is no number never passes for an update.
  let bad = after([1, .nan, 0], ClientNote(.diverged), client: 4)
  #expect(
    bad.note.fate != .reported || bad.update.allSatisfy { $0.isFinite },
    "what is no number passes for an update", sourceLocation: sourceLocation)
}

private func checkServer(
  _ transform: any UpdateTransform, _ privacy: PrivacyState?, _ sourceLocation: SourceLocation
) throws {
  let sum = RoundSum(.steps((0..<50).map { Int64($0 * 1_000_000) }), weight: 4, count: 4)
  for given in [sum, .lost(length: 50)] {
    func after() throws -> (sum: RoundSum, privacy: PrivacyState?) {
      var (sum, privacy) = (given, privacy)
      try transform.onServer(&sum, &privacy, round: 1)
      return (sum, privacy)
    }
    let one = try after()
    let again = try after()
    #expect(
      one.sum == again.sum && one.privacy == again.privacy, "a round again is another round",
      sourceLocation: sourceLocation)
    #expect(
      one.sum.weight == given.weight && one.sum.count == given.count,
      "the sum is of other clients", sourceLocation: sourceLocation)
    let length =
      switch one.sum.values {
      case .steps(let steps): steps.count
      case .real(let numbers): numbers.count
      }
    #expect(length == 50, "coordinates are lost", sourceLocation: sourceLocation)
    #expect(
      one.sum.mean?.allSatisfy { $0.isFinite } != false && (one.sum.mean?.count ?? 50) == 50,
      "the mean is none", sourceLocation: sourceLocation)
  }
}

func norm(_ values: [Float]) -> Double {
  values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
}
