/// Where keys, shares and rounding bits come from.
package protocol SecureRandomSource: Sendable {
  mutating func fill(_ bytes: UnsafeMutableRawBufferPointer)
}

extension SecureRandomSource {
  package mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withUnsafeMutableBytes { fill($0) }
    return bytes
  }

  package mutating func word() -> UInt64 {
    var word: UInt64 = 0
    withUnsafeMutableBytes(of: &word) { fill($0) }
    return UInt64(littleEndian: word)
  }

  /// A whole number in 0..<bound, exactly uniform.
  package mutating func below(_ bound: UInt64) -> UInt64 {
    precondition(bound > 0, "a random number below \(bound) does not exist")
    // The first 2^64 mod bound words would be drawn once more often than the others.
    let surplus = (0 &- bound) % bound
    while true {
      let word = word()
      if word >= surplus { return word % bound }
    }
  }

  /// Shuffles in place (Fisher–Yates).
  mutating func shuffle(_ elements: inout [Int]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(below(UInt64(last) + 1)))
    }
  }
}

/// The operating system's generator: what a deployment uses.
package struct SystemRandomSource: SecureRandomSource {
  package init() {}

  package mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    var generator = SystemRandomNumberGenerator()
    var word: UInt64 = 0
    for index in bytes.indices {
      if index % 8 == 0 { word = generator.next() }
      bytes[index] = UInt8(truncatingIfNeeded: word)
      word >>= 8
    }
  }
}
