import Wire

/// What a client of a secure-aggregation session says to a message of the server.
package enum Answer: Equatable, Sendable {
  case message([UInt8])
  /// A message whose update holds noise alone; a real server would see a message like any other.
  case noiseOnlyMessage([UInt8])
  /// A message in whose update the encoding cut a coordinate; a real server would not see that either.
  case cutMessage([UInt8])
  /// Nothing: the client has vanished.
  case silence
  /// The client gave the session up, for this reason; a real server would hear nothing.
  case refusal(String)
}

extension Answer {
  private enum Code: UInt8 { case message = 1, silence, refusal, noiseOnlyMessage, cutMessage }

  func append(to writer: inout ByteWriter) {
    switch self {
    case .message(let bytes):
      writer.reserve(32 + bytes.count)
      writer.append(Code.message.rawValue)
      writer.append(array: bytes)
    case .noiseOnlyMessage(let bytes):
      writer.reserve(32 + bytes.count)
      writer.append(Code.noiseOnlyMessage.rawValue)
      writer.append(array: bytes)
    case .cutMessage(let bytes):
      writer.reserve(32 + bytes.count)
      writer.append(Code.cutMessage.rawValue)
      writer.append(array: bytes)
    case .silence:
      writer.append(Code.silence.rawValue)
    case .refusal(let reason):
      writer.append(Code.refusal.rawValue)
      writer.append(text: reason)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let code = try reader.read(UInt8.self)
    switch Code(rawValue: code) {
    case .message: self = .message(try reader.readArray(of: UInt8.self))
    case .noiseOnlyMessage: self = .noiseOnlyMessage(try reader.readArray(of: UInt8.self))
    case .cutMessage: self = .cutMessage(try reader.readArray(of: UInt8.self))
    case .silence: self = .silence
    case .refusal: self = .refusal(try reader.readText())
    case nil: throw .malformed("answer \(code)")
    }
  }
}
