import Foundation

/// Doubles that are stored as their bytes (little-endian), exact and compact.
package struct DoubleVector: Codable, Equatable, Sendable {
  package var elements: [Double]

  package init(_ elements: [Double]) { self.elements = elements }

  package init(from decoder: any Decoder) throws {
    elements = try decodeBytes(from: decoder, as: UInt64.self).map {
      Double(bitPattern: UInt64(littleEndian: $0))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try encodeBytes(of: elements.map { $0.bitPattern.littleEndian }, to: encoder)
  }
}

/// Floats that are stored as their bytes (little-endian), exact and compact.
package struct FloatVector: Codable, Equatable, Sendable {
  package var elements: [Float]

  package init(_ elements: [Float]) { self.elements = elements }

  package init(from decoder: any Decoder) throws {
    elements = try decodeBytes(from: decoder, as: UInt32.self).map {
      Float(bitPattern: UInt32(littleEndian: $0))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try encodeBytes(of: elements.map { $0.bitPattern.littleEndian }, to: encoder)
  }
}

/// Integers that are stored as their bytes (little-endian).
package struct IntegerVector: Codable, Equatable, Sendable {
  package var elements: [Int]

  package init(_ elements: [Int]) { self.elements = elements }

  package init(from decoder: any Decoder) throws {
    elements = try decodeBytes(from: decoder, as: UInt64.self).map {
      Int(Int64(bitPattern: UInt64(littleEndian: $0)))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try encodeBytes(of: elements.map { UInt64(bitPattern: Int64($0)).littleEndian }, to: encoder)
  }
}

private func decodeBytes<Word: FixedWidthInteger>(
  from decoder: any Decoder, as word: Word.Type
) throws -> [Word] {
  let data = try decoder.singleValueContainer().decode(Data.self)
  let size = MemoryLayout<Word>.size
  guard data.count.isMultiple(of: size) else {
    throw DecodingError.dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: "\(data.count) bytes of numbers"))
  }
  return [Word](unsafeUninitializedCapacity: data.count / size) { buffer, count in
    count = data.copyBytes(to: buffer) / size
  }
}

private func encodeBytes<Word: FixedWidthInteger>(of words: [Word], to encoder: any Encoder) throws
{
  var container = encoder.singleValueContainer()
  try container.encode(words.withUnsafeBytes { Data($0) })
}
