import Crypto
import Sealing

/// The primitives of the protocol, each replaceable.
///
/// Tests replace single members with weakened ones to show what each defence is for.
package struct Cryptography: Sendable {
  package typealias MaskAddition =
    @Sendable (
      _ mask: Mask, _ firstBlock: UInt64, _ modulus: Modulus,
      _ residues: UnsafeMutableRawBufferPointer
    ) -> Void

  /// The X25519 shared secret, or nil for a public key that must be refused.
  package var agree: @Sendable (_ pair: KeyPair, _ publicKey: ArraySlice<UInt8>) -> [UInt8]?
  /// HKDF-SHA256.
  package var deriveKey:
    @Sendable (_ secret: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ count: Int) -> [UInt8]
  /// AES-256-GCM: nonce ‖ ciphertext ‖ tag.
  package var seal:
    @Sendable (
      _ plaintext: [UInt8], _ key: ArraySlice<UInt8>, _ nonce: [UInt8], _ context: [UInt8]
    ) -> [UInt8]
  /// The plaintext, or nil when key, context or any byte is not the sealed one.
  package var open:
    @Sendable (_ sealed: ArraySlice<UInt8>, _ key: ArraySlice<UInt8>, _ context: [UInt8])
      -> [UInt8]?
  /// Expands a mask from a block on and adds it to residues.
  package var addMask: MaskAddition
  /// Ed25519 verification.
  package var verify:
    @Sendable (_ signature: ArraySlice<UInt8>, _ message: [UInt8], _ publicKey: [UInt8]) -> Bool

  /// The real primitives: swift-crypto's, but for the expansion of masks and the layers of HKDF.
  package static let standard = Cryptography(
    agree: { pair, publicKey in
      guard isCanonical(publicKey),
        let peer = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey),
        let secret = try? pair.privateKey.sharedSecretFromKeyAgreement(with: peer)
      else { return nil }
      let bytes = secret.withUnsafeBytes { Array($0) }
      // A low-order point leads to zero whatever the private key is (RFC 7748, section 6.1);
      // swift-crypto leaves the check to its caller.
      return bytes.reduce(0, |) == 0 ? nil : bytes
    },
    deriveKey: { secret, salt, info, count in
      KeyDerivation.hkdf(secret: secret, salt: salt, info: info, count: count)
    },
    seal: { plaintext, key, nonce, context in
      SealingKey(key).seal(plaintext, nonce: nonce, context: context)
    },
    open: { sealed, key, context in SealingKey(key).open(sealed, context: context) },
    addMask: { mask, firstBlock, modulus, residues in
      mask.add(to: residues, firstBlock: firstBlock, modulus: modulus)
    },
    verify: { signature, message, publicKey in
      guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
        return false
      }
      return key.isValidSignature(signature, for: message)
    })

  /// SHA-256, for the hashes that a session is bound to.
  package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    Array(SHA256.hash(data: Array(bytes)))
  }

  /// False for a key that every participant would refuse whatever its own key is.
  static func isUsable(_ publicKey: ArraySlice<UInt8>) -> Bool {
    isCanonical(publicKey) && !lowOrder.contains(Array(publicKey))
  }

  /// Coordinates of the points whose order divides 8, on the curve and its twist, below 2^255 − 19.
  ///
  /// Each leads to a shared secret of zero: Bernstein, https://cr.yp.to/ecdh.html#validate.
  private static let lowOrder: [[UInt8]] = [
    [UInt8](repeating: 0, count: 32),
    [1] + [UInt8](repeating: 0, count: 31),
    [
      0xE0, 0xEB, 0x7A, 0x7C, 0x3B, 0x41, 0xB8, 0xAE, 0x16, 0x56, 0xE3, 0xFA, 0xF1, 0x9F, 0xC4,
      0x6A, 0xDA, 0x09, 0x8D, 0xEB, 0x9C, 0x32, 0xB1, 0xFD, 0x86, 0x62, 0x05, 0x16, 0x5F, 0x49,
      0xB8, 0x00,
    ],
    [
      0x5F, 0x9C, 0x95, 0xBC, 0xA3, 0x50, 0x8C, 0x24, 0xB1, 0xD0, 0xB1, 0x55, 0x9C, 0x83, 0xEF,
      0x5B, 0x04, 0x44, 0x5C, 0xC4, 0x58, 0x1C, 0x8E, 0x86, 0xD8, 0x22, 0x4E, 0xDD, 0xD0, 0x9F,
      0x11, 0x57,
    ],
    [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
  ]

  /// True for a coordinate below 2^255 − 19: any other is a second spelling of such a key, and
  /// would pass for a different participant's.
  private static func isCanonical(_ publicKey: ArraySlice<UInt8>) -> Bool {
    guard publicKey.count == KeyPair.keyLength, let high = publicKey.last,
      let low = publicKey.first, high <= 0x7F
    else { return false }
    let isTop = high == 0x7F && publicKey.dropFirst().dropLast().allSatisfy { $0 == 0xFF }
    return !(isTop && low >= 0xED)
  }
}
