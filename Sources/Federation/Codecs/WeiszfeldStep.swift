import Glibc
import LinearAlgebra
import SecureAggregation

/// One step of RFA behind secure aggregation, of which the server sees Σ β and Σ β × (w − v) alone: the client
/// with update w takes β = 1 ÷ max(ν, |w − v|), and the next point is v + Σ β (w − v) ÷ Σ β.
///
/// What is encoded of an update is β (w − v), of norm 1 at most however long it is, in the finest steps in which a
/// cohort's sum cannot wrap: 2^-50 at best, 2^-(30 − log2 cohort) modulo 2^32. Random rounding moves the next
/// point by less than a step × the harmonic mean of the distances, in each coordinate; beyond that points and
/// β (w − v) are in single precision. The weight νβ, in (0, 1], is cut into numbers of as many bits as a cohort's
/// sum leaves, together 96 or more: exact sums, in which a client a million million million times as far away
/// as ν keeps seven digits of its weight. One that is farther counts as no farther than 2^96 ν.
///
/// The clip, the rotation and the fraction bits of the experiment's encoding are of the first sum alone.
package struct WeiszfeldStep: UpdateCodec {
  /// Of the weight, at least.
  static let weightBits = 96
  /// Numbers below 2^51 can be encoded.
  private static let largestPartBits = 48

  private let ranges: FixedPointEncoding
  private let configuration: Configuration
  private let round: Int
  private let step: Int
  private let point: [Float]
  private let smoothing: Double
  /// Of one number of the weight.
  private let partBits: Int
  /// A client makes the same report of its training in all sums of a round.
  package let normGrowth: Double

  /// - Parameter first: of the first sum of the round.
  init(
    _ configuration: Configuration, round: Int, _ rule: RepeatedSums,
    _ session: RoundParameters.Session, after first: Quantized, cohortSize: Int
  ) throws(SecureAggregationError) {
    precondition(session.point.count == first.ranges.updateLength)
    (ranges, partBits) = try Self.ranges(
      length: session.point.count, cohortSize: cohortSize, modulus: first.ranges.modulus)
    self.configuration = configuration
    self.round = round
    step = session.step
    point = session.point
    smoothing = rule.smoothing
    normGrowth = first.normGrowth
  }

  /// The encoding, and how many bits of the weight are in one number.
  static func ranges(
    length: Int, cohortSize: Int, modulus: Modulus
  ) throws(SecureAggregationError) -> (encoding: FixedPointEncoding, partBits: Int) {
    // A sum of more vectors than there are residues has a share of 0, which the encoding refuses.
    let share = max(2, modulus.largestSum / Int64(max(1, cohortSize)))
    let bits = min(largestPartBits, Int64.bitWidth - 1 - share.leadingZeroBitCount)
    let parts = (weightBits + bits - 1) / bits
    return (
      try FixedPointEncoding(
        updateLength: length, clip: 1,
        metricBounds: [Double](repeating: scalbn(1, bits), count: parts),
        cohortSize: max(1, cohortSize), modulus: modulus), bits
    )
  }

  package var length: Int { ranges.vectorLength }
  package var modulus: Modulus? { ranges.modulus }
  package var hidesClients: Bool { true }

  package var description: String {
    "step \(step) of \(ranges.updateLength) weighed coordinates in steps of 1/\(ranges.updateScale), whether "
      + "there is one, its weight in \(ranges.metricBounds.count) numbers of \(partBits) bits"
  }

  package func encode(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    guard note.fate == .reported else {
      return add([Float](repeating: 0, count: point.count), distance: nil, client, into: &sum)
    }
    let distance = max(smoothing, distance(of: update))
    return add(weighed(update, by: distance), distance: distance, client, into: &sum)
  }

  /// What a hostile client sends that passes for nearer than it is: as near as ν, but no nearer than leaves
  /// its coordinates within its part of half of what a whole cohort may add up to.
  package func force(
    _ update: UnsafeBufferPointer<Float>, _ note: ClientNote, client: Int, into sum: inout UpdateSum
  ) -> Bool {
    guard note.fate == .reported else { return encode(update, note, client: client, into: &sum) }
    let cohort = Double(ranges.cohortSize)
    let limit = cohort / 2 / max(1, configuration.attack.shared.share * cohort)
    var longest = 0.0
    for index in update.indices {
      longest = max(longest, abs(Double(update[index]) - Double(point[index])))
    }
    let claimed = max(smoothing, min(distance(of: update), longest / limit))
    var own = UpdateSum(parameters: length)
    let zeros = [Float](repeating: 0, count: point.count)
    guard add(zeros, distance: claimed, client, into: &own) else { return false }
    var values = own.values
    for (index, coordinate) in weighed(update, by: claimed).enumerated() {
      let value = Double(coordinate)
      values[index] =
        value.isNaN
        ? 1 << Int64(ranges.modulus.rawValue - 1)
        : Int64((max(-limit, min(limit, value)) * ranges.updateScale).rounded())
    }
    sum.add(ResidueVector(UpdateSum(values: values, weight: 1, count: 1), modulus: ranges.modulus))
    return true
  }

  private func distance(of update: UnsafeBufferPointer<Float>) -> Double {
    precondition(update.count == point.count)
    return point.withUnsafeBufferPointer { point in
      guard let update = update.baseAddress, let start = point.baseAddress else { return 0 }
      return Elementwise.squaredDistance(point.count, update, start).squareRoot()
    }
  }

  /// (w − v) ÷ distance.
  private func weighed(_ update: UnsafeBufferPointer<Float>, by distance: Double) -> [Float] {
    point.indices.map { Float((Double(update[$0]) - Double(point[$0])) / distance) }
  }

  /// - Parameter distance: what the client is weighed by; nil for one that has nothing to report.
  private func add(
    _ weighed: [Float], distance: Double?, _ client: Int, into sum: inout UpdateSum
  ) -> Bool {
    var source = configuration.keyedSource(
      .rounding, round: round, client: client, context: [UInt8(truncatingIfNeeded: step)])
    let weight = distance.map(parts) ?? ranges.metricBounds.map { _ in 0 }
    let encoded = weighed.withUnsafeBufferPointer {
      try? ranges.encode($0, weight: distance == nil ? 0 : 1, metrics: weight, using: &source)
    }
    guard let encoded else { return false }
    sum.add(encoded.residues)
    return true
  }

  /// ν ÷ distance, at most 1, in whole numbers: the first counts steps of 2^-partBits, each other one steps
  /// of the one before it divided again.
  private func parts(of distance: Double) -> [Double] {
    let count = ranges.metricBounds.count
    let least = scalbn(1, -partBits * count)
    // A distance that is no number weighs as little as there is.
    var rest = smoothing / distance > least ? min(1, smoothing / distance) : least
    return (0..<count).map { _ in
      let scaled = scalbn(rest, partBits)
      rest = scaled - scaled.rounded(.down)
      return scaled.rounded(.down)
    }
  }

  /// The next point as a sum of one; the same point again where nobody had anything to report.
  package func decode(
    _ sum: UpdateSum, participants: Int
  ) throws(SecureAggregationError) -> RoundSum {
    let decoded = try ranges.decode(
      ResidueVector(sum, modulus: ranges.modulus), participants: participants)
    let weight = decoded.metrics.reversed().reduce(0) { scalbn($0 + $1, -partBits) }
    let moved = decoded.weightedUpdate
    let isEmpty = decoded.weight == 0 || weight <= 0
    let next = point.indices.map {
      Double(point[$0]) + (isEmpty ? 0 : smoothing * moved[$0] / weight)
    }
    guard next.allSatisfy({ Float($0).isFinite }) else {
      throw .unencodable("a point that weights of \(participants) vectors cannot make")
    }
    return RoundSum(.real(next), weight: 1, count: decoded.weight)
  }
}
