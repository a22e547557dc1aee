import CSecureAggregation

extension [UInt8] {
  /// Overwrites a secret before it is let go; the compiler may not leave that out.
  ///
  /// Only this array's own bytes: a secret that is to be wiped must not have been copied.
  mutating func wipe() {
    withUnsafeMutableBytes { secure_wipe($0.baseAddress, $0.count) }
    self = []
  }
}

extension [UInt64] {
  /// Overwrites secret numbers before they are let go.
  mutating func wipe() {
    withUnsafeMutableBytes { secure_wipe($0.baseAddress, $0.count) }
    self = []
  }
}
