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
