import Foundation

extension CorrelatedNoise: Codable {
  private enum CodingKeys: String, CodingKey {
    case strategy, dimension, deviation, round, buffers
  }

  /// The buffers are stored as their bytes (little-endian), exact and compact.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let data = try container.decode(Data.self, forKey: .buffers)
    let count = data.count / MemoryLayout<UInt64>.size
    let words = [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = data.copyBytes(to: buffer) / MemoryLayout<UInt64>.size
    }
    self.init(
      strategy: try container.decode(NoiseStrategy.self, forKey: .strategy),
      dimension: try container.decode(Int.self, forKey: .dimension),
      deviation: try container.decode(Double.self, forKey: .deviation),
      round: try container.decode(Int.self, forKey: .round),
      buffers: words.map { Double(bitPattern: UInt64(littleEndian: $0)) })
    guard dimension > 0, buffers.count.isMultiple(of: dimension) else {
      throw DecodingError.dataCorruptedError(
        forKey: .buffers, in: container,
        debugDescription: "\(buffers.count) numbers for \(dimension) parameters")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(strategy, forKey: .strategy)
    try container.encode(dimension, forKey: .dimension)
    try container.encode(deviation, forKey: .deviation)
    try container.encode(round, forKey: .round)
    let words = buffers.map { $0.bitPattern.littleEndian }
    try container.encode(words.withUnsafeBytes { Data($0) }, forKey: .buffers)
  }
}
