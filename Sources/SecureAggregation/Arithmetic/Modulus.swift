/// The modulus R that masked sums are taken by.
package enum Modulus: UInt8, Sendable, CaseIterable {
  case bits32 = 32
  case bits64 = 64

  /// Bytes of one residue.
  package var byteCount: Int { Int(rawValue) / 8 }

  /// R/2 − 1: a signed sum beyond this cannot be told from a wrapped one.
  package var largestSum: Int64 {
    switch self {
    case .bits32: Int64(Int32.max)
    case .bits64: Int64.max
    }
  }
}
