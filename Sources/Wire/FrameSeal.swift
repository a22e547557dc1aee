import Sealing

/// Seals the frames of one connection, each bound to its direction, its place in the order and its
/// type.
///
/// The payload of a sealed frame is nonce ‖ ciphertext ‖ tag of AES-256-GCM (12, n and 16 bytes). The
/// nonce is the side that sends (4 bytes: 1 for the coordinator, 2 for the worker) and how many sealed
/// frames it has sent before (8 bytes), the context the message type (2 bytes), all little-endian. A
/// frame that was altered, repeated, left out, moved or turned back does not open. Types and lengths
/// stay in sight.
package struct FrameSeal: Sendable {
  private let key: SealingKey
  private let own: Side
  private var sent: UInt64 = 0
  private var received: UInt64 = 0

  /// One end of the connection.
  enum Side: UInt32, Sendable {
    case coordinator = 1
    case worker
  }

  /// - Parameters:
  ///   - key: `SealingKey.length` bytes that no other connection has.
  ///   - own: the side that sends with this value.
  init(key: [UInt8], own: Side) {
    self.key = SealingKey(key)
    self.own = own
  }

  /// The payload of the next frame to send.
  mutating func seal(type: UInt16, payload: [UInt8]) -> [UInt8] {
    defer { sent += 1 }
    return key.seal(payload, nonce: Self.nonce(own, sent), context: Self.context(type))
  }

  /// What was sealed as the payload of the next frame to come; throws `unopened` for anything else.
  mutating func open(type: UInt16, payload: [UInt8]) throws(WireError) -> [UInt8] {
    let other: Side = own == .coordinator ? .worker : .coordinator
    guard payload.starts(with: Self.nonce(other, received)),
      let opened = key.open(payload, context: Self.context(type))
    else { throw .unopened }
    received += 1
    return opened
  }

  private static func nonce(_ side: Side, _ number: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(side.rawValue)
    writer.append(number)
    return writer.bytes
  }

  private static func context(_ type: UInt16) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(type)
    return writer.bytes
  }
}
