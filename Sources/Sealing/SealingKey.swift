import Crypto

/// A secret key under which bytes are sealed: AES-256-GCM (NIST SP 800-38D).
///
/// Whoever lacks the key learns the length of what was sealed and nothing else. What was sealed with
/// one context opens with no other, so a context that says what the bytes are and where they belong
/// keeps them from being put in another's place.
package struct SealingKey: Sendable {
  /// In bytes.
  package static let length = 32
  package static let nonceLength = 12
  /// What sealing adds to a plaintext: the nonce and a tag of 16 bytes.
  package static let overhead = nonceLength + 16

  private let key: SymmetricKey

  /// - Parameter bytes: `length` secret ones.
  package init(_ bytes: some Collection<UInt8>) {
    precondition(bytes.count == Self.length, "a sealing key has \(Self.length) bytes")
    // No copy of the key that nobody would overwrite.
    key =
      bytes.withContiguousStorageIfAvailable { SymmetricKey(data: UnsafeRawBufferPointer($0)) }
      ?? SymmetricKey(data: Array(bytes))
  }

  /// Fresh bytes for a key, from the system's generator.
  package static func randomBytes() -> [UInt8] {
    SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
  }

  /// What a key is called where it must not be shown: the first 16 bytes of HMAC-SHA256 under it of a
  /// text that says what for.
  package static func name(of bytes: [UInt8], for use: String) -> [UInt8] {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array(use.utf8), using: SymmetricKey(data: bytes))
    return Array(code.prefix(nameLength))
  }

  package static let nameLength = 16

  /// nonce ‖ ciphertext ‖ tag.
  ///
  /// - Parameter nonce: `nonceLength` bytes that this key has never sealed with; nil draws them,
  ///   which is safe for 2³² plaintexts.
  package func seal(
    _ plaintext: [UInt8], nonce: [UInt8]? = nil, context: [UInt8]
  ) -> [UInt8] {
    guard let nonce = try? nonce.map({ try AES.GCM.Nonce(data: $0) }) ?? AES.GCM.Nonce(),
      let box = try? AES.GCM.seal(plaintext, using: key, nonce: nonce, authenticating: context),
      let sealed = box.combined
    else { preconditionFailure("AES-GCM seals everything under a nonce of 12 bytes") }
    return Array(sealed)
  }

  /// The plaintext; nil when key, context or any byte is not the one it was sealed with.
  package func open(_ sealed: some Collection<UInt8>, context: [UInt8]) -> [UInt8]? {
    guard let box = try? AES.GCM.SealedBox(combined: Array(sealed)),
      let plaintext = try? AES.GCM.open(box, using: key, authenticating: context)
    else { return nil }
    return Array(plaintext)
  }
}
