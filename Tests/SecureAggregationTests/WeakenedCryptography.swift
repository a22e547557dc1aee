import Foundation
import SecureAggregation

/// Mutants: each switches one defence off, to show what it defends against.
extension Cryptography {
  /// Stands for a mask that is left out.
  private static let noMask = [UInt8](repeating: 0, count: 32)

  /// Leaves out the masks whose key derivation the predicate picks.
  static func maskless(where isOmitted: @escaping @Sendable (_ info: [UInt8]) -> Bool)
    -> Cryptography
  {
    var weakened = standard
    weakened.deriveKey = { secret, salt, info, count in
      isOmitted(info) ? noMask : standard.deriveKey(secret, salt, info, count)
    }
    let zeroStream = MaskSeed(noMask).keystream(firstBlock: 0, count: 16)
    weakened.addMask = { mask, firstBlock, modulus, residues in
      if mask.seed.keystream(firstBlock: 0, count: 16) != zeroStream {
        standard.addMask(mask, firstBlock, modulus, residues)
      }
    }
    return weakened
  }

  static func isSelfMask(_ info: [UInt8]) -> Bool { info.contains("self mask") }
  static func isPairwiseMask(_ info: [UInt8]) -> Bool { info.contains("pairwise mask") }

  /// Masks and share keys that depend on the shared secret alone, not on session or use.
  static var unbound: Cryptography {
    var weakened = standard
    weakened.deriveKey = { secret, _, _, count in standard.deriveKey(secret, [], [], count) }
    weakened.seal = { plaintext, key, nonce, _ in standard.seal(plaintext, key, nonce, []) }
    weakened.open = { sealed, key, _ in standard.open(sealed, key, []) }
    return weakened
  }

  /// Share keys that do not depend on the session; masks that do.
  static var unboundShares: Cryptography {
    var weakened = unbound
    weakened.deriveKey = { secret, salt, info, count in
      info.contains("share sealing")
        ? standard.deriveKey(secret, [], [], count)
        : standard.deriveKey(secret, salt, info, count)
    }
    return weakened
  }

  /// Accepts every signature.
  static var unverified: Cryptography {
    var weakened = standard
    weakened.verify = { _, _, _ in true }
    return weakened
  }

  /// Encrypts shares without authenticating them.
  static var unauthenticated: Cryptography {
    var weakened = standard
    let tag = [UInt8](repeating: 0, count: 16)
    weakened.seal = { plaintext, key, nonce, _ in nonce + exclusiveOr(plaintext, key) + tag }
    weakened.open = { sealed, key, _ in exclusiveOr(Array(sealed.dropFirst(12).dropLast(16)), key) }
    return weakened
  }

  private static func exclusiveOr(_ text: [UInt8], _ key: ArraySlice<UInt8>) -> [UInt8] {
    zip(text, MaskSeed(Array(key)).keystream(firstBlock: 0, count: text.count)).map { $0 ^ $1 }
  }

  /// Expands a mask from 16 bits of its seed.
  static var folded: Cryptography {
    var weakened = standard
    weakened.addMask = { mask, firstBlock, modulus, residues in
      let fold = mask.seed.keystream(firstBlock: 0, count: 2)
      standard.addMask(
        Mask(seed: seed(ofFold: fold), isNegative: mask.isNegative), firstBlock, modulus, residues)
    }
    return weakened
  }

  static func seed(ofFold fold: [UInt8]) -> MaskSeed {
    MaskSeed(fold + [UInt8](repeating: 0, count: 30))
  }

  /// Accepts the all-zero shared secret, as swift-crypto does.
  static var acceptingLowOrder: Cryptography {
    var weakened = standard
    weakened.agree = { pair, publicKey in
      standard.agree(pair, publicKey) ?? [UInt8](repeating: 0, count: 32)
    }
    return weakened
  }
}

extension [UInt8] {
  func contains(sequence: some Collection<UInt8>) -> Bool {
    Data(self).range(of: Data(sequence)) != nil
  }

  func contains(_ text: String) -> Bool { contains(sequence: text.utf8) }

  func contains(bytesOf value: some FixedWidthInteger) -> Bool {
    Swift.withUnsafeBytes(of: value.littleEndian) { contains(sequence: Array($0)) }
  }
}
