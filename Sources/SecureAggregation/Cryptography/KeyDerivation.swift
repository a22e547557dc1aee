import Crypto

/// HKDF (RFC 5869) on the library's SHA-256.
///
/// The library's own HKDF gives the same bytes and takes five times as long for keys of this size:
/// its generic code is not specialised for callers outside it, and a round derives two keys for
/// every pair of neighbours.
enum KeyDerivation {
  private static let blockSize = 64
  private static let hashSize = 32

  static func hkdf(secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
    precondition(count <= 255 * hashSize)
    var pseudorandomKey = hmac(salt, secret)
    defer { pseudorandomKey.wipe() }
    var output: [UInt8] = []
    output.reserveCapacity(count + hashSize)
    var previous: [UInt8] = []
    var number: UInt8 = 0
    while output.count < count {
      number += 1
      var message = previous + info + [number]
      previous.wipe()
      previous = hmac(pseudorandomKey, message)
      message.wipe()
      output += previous
    }
    previous.wipe()
    if output.count > count {
      for index in count..<output.count { output[index] = 0 }
      output.removeLast(output.count - count)
    }
    return output
  }

  /// HMAC-SHA256 (RFC 2104).
  private static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockSize)
    defer { block.wipe() }
    let short = key.count > blockSize ? hash(key, []) : key
    for (index, byte) in short.enumerated() { block[index] = byte }
    for index in block.indices { block[index] ^= 0x36 }
    var inner = hash(block, message)
    defer { inner.wipe() }
    for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
    return hash(block, inner)
  }

  private static func hash(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    var function = SHA256()
    first.withUnsafeBytes { function.update(bufferPointer: $0) }
    second.withUnsafeBytes { function.update(bufferPointer: $0) }
    return function.finalize().withUnsafeBytes { Array($0) }
  }
}
