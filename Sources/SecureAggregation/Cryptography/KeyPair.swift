import Crypto

/// An X25519 key pair that lives for one session.
package struct KeyPair: Sendable {
  package static let keyLength = 32

  let privateKey: Curve25519.KeyAgreement.PrivateKey
  package let publicKey: [UInt8]

  /// A pair from the 32 bytes of its private key.
  package init(privateKey bytes: [UInt8]) {
    guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else {
      preconditionFailure("an X25519 private key has \(Self.keyLength) bytes")
    }
    privateKey = key
    publicKey = Array(key.publicKey.rawRepresentation)
  }
}

/// A long-lived Ed25519 key by which others recognise a participant.
package struct SigningIdentity: Sendable {
  package static let publicKeyLength = 32
  package static let signatureLength = 64

  private let key: Curve25519.Signing.PrivateKey

  /// An identity from the 32 bytes of its private key.
  package init(privateKey bytes: [UInt8]) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
      preconditionFailure("an Ed25519 private key has \(Self.publicKeyLength) bytes")
    }
    self.key = key
  }

  package init(using source: inout some SecureRandomSource) {
    self.init(privateKey: source.bytes(Self.publicKeyLength))
  }

  package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

  func signature(for message: [UInt8]) -> [UInt8] {
    guard let signature = try? key.signature(for: message) else {
      preconditionFailure("Ed25519 signs every message")
    }
    return Array(signature)
  }
}
