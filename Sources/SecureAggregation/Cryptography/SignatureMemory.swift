import Synchronization

/// Signatures that participants simulated by one process have verified.
///
/// The neighbours of a participant all verify the same signature over the same words; whoever
/// simulates them does so once. A signature is found only under everything that was verified:
/// the key, the signature and the hash of the statement.
final class SignatureMemory: Sendable {
  struct Entry: Hashable {
    let publicKey: SIMD4<UInt64>
    let statement: SIMD4<UInt64>
    let signature: SIMD8<UInt64>

    /// Nil for a key or a signature of a wrong length, which is nobody's.
    init?(publicKey: [UInt8], statementHash: [UInt8], signature: ArraySlice<UInt8>) {
      guard publicKey.count == SigningIdentity.publicKeyLength,
        signature.count == SigningIdentity.signatureLength
      else { return nil }
      self.publicKey = publicKey[...].words
      statement = statementHash[...].words
      self.signature = signature.withUnsafeBytes { $0.loadUnaligned(as: SIMD8<UInt64>.self) }
    }
  }

  /// Two for every participant of a session is what there is to remember.
  private static let capacity = 1 << 18

  private let entries = Mutex<Set<Entry>>([])

  func contains(_ entry: Entry) -> Bool { entries.withLock { $0.contains(entry) } }

  func insert(_ entry: Entry) {
    entries.withLock {
      if $0.count < Self.capacity { $0.insert(entry) }
    }
  }
}
