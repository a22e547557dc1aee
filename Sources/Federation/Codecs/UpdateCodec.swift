import Privacy
import SecureAggregation

/// How one client's update becomes whole numbers that add up exactly, and their sum an update again.
///
/// A codec is of one round; clients and server make it from the same facts.
package protocol UpdateCodec: Sendable {
  /// Numbers of one vector.
  var length: Int { get }
  /// Sums are of residues modulo this; nil for sums that are exact in 64 bits.
  var modulus: Modulus? { get }
  /// The most that encoding adds to the norm of an update.
  var normGrowth: Double { get }
  /// Whether every client sends a vector, with or without an update in it, and says nothing beside it.
  var hidesClients: Bool { get }
  /// What the numbers mean, for the hash that a session is bound to.
  var description: String { get }

  /// Adds one client's vector to a sum, or returns false and adds nothing: the update is not finite or
  /// too large.
  func encode(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool

  /// Whether `encode` cuts a coordinate of such an update, so that what is summed is another one.
  func cuts(_ update: UnsafeBufferPointer<Float>, _ note: ClientNote) -> Bool

  /// The same as `encode` of a hostile client, which keeps no range: what it adds is bounded by what the server would
  /// see of it, were it the only one.
  func force(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool

  /// What a sum of vectors of so many clients says.
  ///
  /// Throws for what cannot be such a sum, which only a wrong client or worker can cause.
  func decode(
    _ sum: UpdateSum, participants: Int
  ) throws(SecureAggregationError) -> RoundSum
}

extension UpdateCodec {
  /// What does not fit is refused, or fits once its norm is clipped.
  package func cuts(_ update: UnsafeBufferPointer<Float>, _ note: ClientNote) -> Bool { false }

  /// Who sees single vectors checks them.
  package func force(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    encode(update, note, client: client, into: &sum)
  }

  /// One client's vector by itself, to be masked; nil where `encode` refuses it.
  package func residues(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int
  ) -> ResidueVector? {
    var own = UpdateSum(parameters: length)
    guard encode(update, note, client: client, into: &own) else { return nil }
    return ResidueVector(own, modulus: modulus ?? .bits64)
  }

  /// Bytes of one vector on its way to the server.
  package var byteCount: Int {
    length * (modulus?.byteCount ?? MemoryLayout<Float>.size)
  }
}

extension Configuration {
  /// The codec of a round.
  ///
  /// - Parameters:
  ///   - cohortSize: the round's cohort, for which sums must not wrap.
  ///   - length: coordinates of an update.
  package func codec(
    round: Int, cohortSize: Int, length: Int, _ parameters: RoundParameters
  ) throws(SecureAggregationError) -> any UpdateCodec {
    guard encodesUpdates else { return ExactGrid(length: length) }
    var source = KeyedRandomSource(seed: seed, purpose: .rotation, round: round)
    let rotationSeed = source.bytes(AggregationParameters.hashLength)
    let mechanism: DistributedMechanism?
    do {
      mechanism = try distributedMechanism(parameterCount: length)
    } catch {
      throw .infeasible("\(error)")
    }
    if let mechanism {
      return NoisyIntegers(
        mechanism, updateLength: length, rotationSeed: rotationSeed, self, round: round)
    }
    let first = try Quantized(
      self, round: round, cohortSize: cohortSize, length: length, bound: parameters.clippingBound,
      rotationSeed: secureAggregation.encoding.rotation ? rotationSeed : nil)
    guard let session = parameters.session, session.step > 0, let rule = repeatedSums else {
      return first
    }
    return try WeiszfeldStep(
      self, round: round, rule, session, after: first, cohortSize: cohortSize)
  }
}

extension Modulus {
  package init?(bits: Int) {
    switch bits {
    case 32: self = .bits32
    case 64: self = .bits64
    default: return nil
    }
  }
}

extension ResidueVector {
  /// The vector as an exact sum of one; sums stay below R ÷ 2, so nothing is lost.
  package var exactSum: UpdateSum {
    UpdateSum(values: (0..<count).map(signed(at:)), weight: 1, count: 1)
  }

  package init(_ sum: UpdateSum, modulus: Modulus) {
    switch modulus {
    case .bits32: self = .bits32(sum.values.map { UInt32(truncatingIfNeeded: $0) })
    case .bits64: self = .bits64(sum.values.map { UInt64(bitPattern: $0) })
    }
  }
}
