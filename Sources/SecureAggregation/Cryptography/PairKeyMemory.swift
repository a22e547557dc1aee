import Synchronization

/// Keys that one end of a pair derived and the other end, simulated by the same process, will need.
///
/// The two ends of a pair derive the same key, so whoever simulates both computes it once. A key is
/// found only under everything it depends on (session, use, both numbers, both public keys): what
/// `take` returns is what deriving it again would give.
package final class PairKeyMemory: Sendable {
  /// Whose key it is, and for what.
  struct Place: Hashable {
    let use: SessionKeys.Use
    let low: Int
    let high: Int
  }

  private struct Entry {
    let derivation: [UInt8]
    let key: [UInt8]
  }

  /// Keys whose other end lives elsewhere are never taken; about 80 MB of them are enough.
  private static let capacity = 1 << 18

  private let entries = Mutex<[Place: Entry]>([:])
  /// What the same participants have verified.
  let signatures = SignatureMemory()

  package init() {}

  /// The key that the other end left, which is then forgotten: there is no third end.
  func take(_ place: Place, derivation: [UInt8]) -> [UInt8]? {
    entries.withLock { entries in
      guard let entry = entries[place], entry.derivation == derivation else { return nil }
      entries[place] = nil
      return entry.key
    }
  }

  func keep(_ key: [UInt8], at place: Place, derivation: [UInt8]) {
    entries.withLock {
      if $0.count < Self.capacity { $0[place] = Entry(derivation: derivation, key: key) }
    }
  }
}
