import Synchronization

/// Keys that one end of a pair derived and the other end, simulated by the same process, will need.
///
/// The two ends of a pair derive the same key, so whoever simulates both computes it once. A key is
/// found only under everything it depends on (session, use, both numbers, both public keys): what
/// `take` returns is what deriving it again would give.
package final class PairKeyMemory: Sendable {
  /// Keys whose other end lives elsewhere are never taken; about 80 MB of them are enough.
  private static let capacity = 1 << 18

  private let keys = Mutex<[[UInt8]: [UInt8]]>([:])

  package init() {}

  /// The key that the other end left, which is then forgotten: there is no third end.
  func take(_ derivation: [UInt8]) -> [UInt8]? {
    keys.withLock { $0.removeValue(forKey: derivation) }
  }

  func keep(_ key: [UInt8], of derivation: [UInt8]) {
    keys.withLock { if $0.count < Self.capacity { $0[derivation] = key } }
  }
}
