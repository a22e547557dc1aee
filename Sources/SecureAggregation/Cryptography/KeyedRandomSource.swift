/// What a keyed source is for; sources of different purposes share no bytes.
///
/// The raw values are part of every result: never renumber them, only add.
package enum SecretPurpose: UInt8, Sendable {
  case session = 1
  case clientSecrets = 2
  case identity = 3
  case graph = 4
  case rounding = 5
  case noise = 6
  case rotation = 7
}

/// An AES-CTR stream keyed by (seed, purpose, round, client), for reproducible experiments.
///
/// Whoever knows the experiment's seed knows every mask: runs that use it protect nobody.
package struct KeyedRandomSource: SecureRandomSource {
  private static let refill = 4096
  private let seed: MaskSeed
  private var block: UInt64 = 0
  private var buffer: [UInt8] = []
  private var used = 0

  /// - Parameter context: what else the stream belongs to, such as one of several sessions of a round.
  package init(
    seed: UInt64, purpose: SecretPurpose, round: Int = 0, client: Int = 0, context: [UInt8] = []
  ) {
    var secret = ByteWriter()
    secret.append(seed)
    self.init(
      secret: secret.bytes, purpose: purpose, round: round, client: client, context: context)
  }

  /// - Parameter secret: in place of a seed; secret as long as nobody knows it.
  package init(
    secret: [UInt8], purpose: SecretPurpose, round: Int = 0, client: Int = 0, context: [UInt8] = []
  ) {
    var info = ByteWriter()
    info.append(text: "fedsim keyed random source")
    info.append(purpose.rawValue)
    info.append(UInt64(bitPattern: Int64(round)))
    info.append(UInt64(bitPattern: Int64(client)))
    info.append(bytes: context)
    self.seed = MaskSeed(
      Cryptography.standard.deriveKey(secret, [], info.bytes, MaskSeed.byteCount))
  }

  /// Exactly the keystream of a seed.
  init(seed: MaskSeed) {
    self.seed = seed
  }

  package mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    var filled = 0
    while filled < bytes.count {
      if used == buffer.count {
        buffer = seed.keystream(firstBlock: block, count: Self.refill)
        block += UInt64(Self.refill / MaskSeed.blockSize)
        used = 0
      }
      let count = min(bytes.count - filled, buffer.count - used)
      UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<(filled + count)])
        .copyBytes(from: buffer[used..<(used + count)])
      filled += count
      used += count
    }
  }
}
