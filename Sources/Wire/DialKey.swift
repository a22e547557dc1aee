import Sealing

/// The key of one connection that a worker opens, and the frame that it opens it with.
///
/// The worker is handed the key by whoever starts it. Its first frame has the type 100 and this payload:
/// the name of the key (16 bytes: the start of HMAC-SHA256 under the key of "fedsim connection"), then
/// nothing, sealed as the first frame of the worker (28 bytes: nonce ‖ tag). So the coordinator knows
/// which key to try, and no frame of the connection crosses it in the clear. A key serves one connection.
package struct DialKey: Equatable, Sendable {
  /// Bytes of the first frame, header included.
  package static let frameSize = Frame.headerSize + payloadSize
  private static let payloadSize = SealingKey.nameLength + SealingKey.overhead

  package let bytes: [UInt8]
  package let name: [UInt8]

  /// A key that no connection has had.
  package init() { self.init(SealingKey.randomBytes()) }

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    name = SealingKey.name(of: bytes, for: "fedsim connection")
  }

  /// A key as 64 hexadecimal digits; nil for anything else.
  package init?(hex: some StringProtocol) {
    let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 2 * SealingKey.length, hex.utf8.count == digits.count else { return nil }
    self.init(
      stride(from: 0, to: digits.count, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) })
  }

  package var hex: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// What the worker sends first, and the seal of what follows.
  package func greeting() -> (frame: [UInt8], seal: FrameSeal) {
    var seal = FrameSeal(key: bytes, own: .worker)
    let box = seal.seal(type: Frame.dialType, payload: [])
    return (Frame.encode(type: Frame.dialType, payload: name + box), seal)
  }

  /// The seal of what follows where a frame was made with this key, else nil.
  package func accept(_ frame: [UInt8]) -> FrameSeal? {
    guard Self.name(in: frame) == name else { return nil }
    var seal = FrameSeal(key: bytes, own: .coordinator)
    let box = Array(frame.dropFirst(Frame.headerSize + SealingKey.nameLength))
    guard (try? seal.open(type: Frame.dialType, payload: box))?.isEmpty == true else { return nil }
    return seal
  }

  /// Which key a first frame was made with, if it is one; what it says is not to be believed yet.
  package static func name(in frame: [UInt8]) -> [UInt8]? {
    guard frame.count == frameSize, canBegin(frame) else { return nil }
    let header = Array(frame.prefix(Frame.headerSize))
    let payload = Array(frame.dropFirst(Frame.headerSize))
    guard let known = try? Frame.decodeHeader(header),
      (try? Frame.verify(known, headerBytes: header, payload: payload)) != nil
    else { return nil }
    return Array(payload.prefix(SealingKey.nameLength))
  }

  /// Whether bytes can be the start of a first frame.
  package static func canBegin(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(beginning.count).elementsEqual(beginning.prefix(bytes.count))
  }

  /// What every first frame has before its checksum.
  private static let beginning = Array(
    Frame.header(type: Frame.dialType, payload: [UInt8](repeating: 0, count: payloadSize)).prefix(
      12)
  )
}
