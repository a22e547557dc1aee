import SecureAggregation

/// Updates in steps of 2^-30, weighted and added up in 64 bits: see `UpdateSum`.
package struct ExactGrid: UpdateCodec {
  package let length: Int

  package init(length: Int) { self.length = length }

  package var modulus: Modulus? { nil }
  package var normGrowth: Double { UpdateSum.roundingNorm(parameters: length) }
  package var hidesClients: Bool { false }
  package var description: String { "\(length) coordinates in steps of 2^-30" }

  package func encode(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    sum.add(update, norm: note.largestNorm, weight: note.weight)
  }

  package func decode(
    _ sum: UpdateSum, participants: Int
  ) throws(SecureAggregationError) -> RoundSum {
    RoundSum(.steps(sum.values), weight: sum.weight, count: sum.count)
  }
}
