import CDeflate

/// The envelope of every message: 16 bytes of header, then the payload.
///
/// | bytes | what |
/// |---|---|
/// | 0–3 | magic "FSIM" |
/// | 4–5 | protocol version |
/// | 6–7 | message type |
/// | 8–11 | payload length in bytes |
/// | 12–15 | CRC-32 (IEEE) of bytes 4–11 and the payload |
///
/// All integers are little-endian. On a sealed connection the payload is what `FrameSeal` makes of it.
package enum Frame {
  package static let magic: UInt32 = 0x4D49_5346
  package static let version: UInt16 = 1
  package static let headerSize = 16
  /// A larger payload is refused before memory is reserved for it.
  package static let largestPayload = 1 << 30

  /// The one message that the frames themselves know: every later frame is sealed with the key in it.
  package static let sealType: UInt16 = 10

  /// The first frame of a worker that dials back; see `DialKey`.
  package static let dialType: UInt16 = 100

  /// What a header announces.
  package struct Header: Equatable, Sendable {
    package var type: UInt16
    package var length: Int
    package var checksum: UInt32
  }

  /// The header and payload of one message.
  package static func encode(type: UInt16, payload: [UInt8]) -> [UInt8] {
    header(type: type, payload: payload) + payload
  }

  /// What precedes the payload of one message.
  static func header(type: UInt16, payload: [UInt8]) -> [UInt8] {
    precondition(payload.count <= largestPayload)
    var writer = ByteWriter()
    writer.reserve(headerSize)
    writer.append(magic)
    writer.append(version)
    writer.append(type)
    writer.append(UInt32(payload.count))
    writer.append(checksum(fields: writer.bytes[4..<12], payload: payload))
    return writer.bytes
  }

  /// Reads a header; throws when it cannot be the start of a frame of this version.
  package static func decodeHeader(_ bytes: [UInt8]) throws(WireError) -> Header {
    var reader = ByteReader(bytes)
    let magic = try reader.read(UInt32.self)
    guard magic == Self.magic else { throw .notAFrame(magic) }
    let version = try reader.read(UInt16.self)
    guard version == Self.version else { throw .unsupportedVersion(version) }
    let type = try reader.read(UInt16.self)
    let length = Int(try reader.read(UInt32.self))
    guard length <= largestPayload else { throw .oversized(UInt64(length)) }
    return Header(type: type, length: length, checksum: try reader.read(UInt32.self))
  }

  /// Throws `corrupt` unless the payload is the one the header was written for.
  package static func verify(
    _ header: Header, headerBytes: [UInt8], payload: [UInt8]
  ) throws(WireError) {
    guard payload.count == header.length else {
      throw .truncated(expected: header.length, received: payload.count)
    }
    guard checksum(fields: headerBytes[4..<12], payload: payload) == header.checksum else {
      throw .corrupt
    }
  }

  /// CRC-32 (IEEE) of bytes, and of what came before them.
  package static func checksum(
    of bytes: UnsafeRawBufferPointer, after earlier: UInt32 = 0
  ) -> UInt32 {
    bytes.isEmpty ? earlier : libdeflate_crc32(earlier, bytes.baseAddress, bytes.count)
  }

  private static func checksum(fields: ArraySlice<UInt8>, payload: [UInt8]) -> UInt32 {
    let start = fields.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
    return payload.withUnsafeBytes { buffer in
      buffer.isEmpty ? start : libdeflate_crc32(start, buffer.baseAddress, buffer.count)
    }
  }
}
