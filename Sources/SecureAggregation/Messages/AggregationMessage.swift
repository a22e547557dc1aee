/// A message between one participant and the server, as compact bytes.
///
/// Layout: kind (1 byte), session tag (8), participant (4), then the message's own fields, all
/// little-endian. The tag is the beginning of the session's digest, so a message of another
/// session is refused before anything is done with it.
package protocol AggregationMessage: Equatable, Sendable {
  static var kind: MessageKind { get }

  /// Who sends it to the server, or whom the server sends it to.
  var participant: Int { get }

  func appendBody(to writer: inout MessageWriter)
  init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError)
}

/// Tells one message from another; never renumber, only add.
package enum MessageKind: UInt8, Sendable {
  case keyAdvertisement = 1
  case neighbourKeys, encryptedShares, relayedShares, maskedInput, survivors
  case consistencySignature, consistencySignatures, unmaskingShares, shareComplaint
}

/// The body of a message being written.
package struct MessageWriter {
  fileprivate var writer = ByteWriter()

  mutating func append(bytes: some Sequence<UInt8>) { writer.append(bytes: bytes) }
  mutating func append(_ value: some FixedWidthInteger) { writer.append(value) }
}

/// The body of a message being read.
package struct MessageReader {
  fileprivate var reader: ByteReader

  var remaining: Int { reader.remaining }

  mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(SecureAggregationError) -> Value {
    try reader.read(type)
  }

  mutating func read(count: Int) throws(SecureAggregationError) -> ArraySlice<UInt8> {
    try reader.read(count: count)
  }
}

extension AggregationMessage {
  package static var headerLength: Int { 13 }

  package func encoded(for parameters: AggregationParameters) -> [UInt8] {
    var message = MessageWriter()
    message.append(Self.kind.rawValue)
    message.append(bytes: parameters.tag)
    message.append(UInt32(participant))
    appendBody(to: &message)
    return message.writer.bytes
  }

  /// Reads a message of this kind and session; anything else, and any length but the right one, is
  /// an error.
  package init(
    decoding bytes: [UInt8], parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    var message = MessageReader(reader: ByteReader(bytes))
    guard try message.read(UInt8.self) == Self.kind.rawValue else {
      throw .unexpected("not the \(Self.kind) that should come now")
    }
    guard try message.read(count: parameters.tag.count) == parameters.tag[...] else {
      throw .unexpected("a \(Self.kind) of another session")
    }
    let participant = Int(try message.read(UInt32.self))
    guard participant < parameters.cohortSize else {
      throw .malformed("participant \(participant) of a cohort of \(parameters.cohortSize)")
    }
    try self.init(participant: participant, body: &message, parameters: parameters)
    try message.reader.finish()
  }
}
