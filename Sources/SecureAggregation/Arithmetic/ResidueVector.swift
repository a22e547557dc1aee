/// Whole numbers modulo 2^32 or 2^64: what is masked, sent and summed.
package enum ResidueVector: Equatable, Sendable {
  case bits32([UInt32])
  case bits64([UInt64])

  package init(zeros count: Int, modulus: Modulus) {
    switch modulus {
    case .bits32: self = .bits32([UInt32](repeating: 0, count: count))
    case .bits64: self = .bits64([UInt64](repeating: 0, count: count))
    }
  }

  package var modulus: Modulus {
    switch self {
    case .bits32: .bits32
    case .bits64: .bits64
    }
  }

  package var count: Int {
    switch self {
    case .bits32(let words): words.count
    case .bits64(let words): words.count
    }
  }

  /// The representative in [−R/2, R/2) of one residue.
  package func signed(at index: Int) -> Int64 {
    switch self {
    case .bits32(let words): Int64(Int32(bitPattern: words[index]))
    case .bits64(let words): Int64(bitPattern: words[index])
    }
  }

  /// Appends one residue, reduced modulo R.
  package mutating func append(_ value: UInt64) {
    switch self {
    case .bits32(var words):
      self = .bits32([])
      words.append(UInt32(truncatingIfNeeded: value))
      self = .bits32(words)
    case .bits64(var words):
      self = .bits64([])
      words.append(value)
      self = .bits64(words)
    }
  }

  /// Removes the last residue and returns it.
  mutating func removeLast() -> UInt64 {
    switch self {
    case .bits32(var words):
      self = .bits32([])
      defer { self = .bits32(words) }
      return UInt64(words.removeLast())
    case .bits64(var words):
      self = .bits64([])
      defer { self = .bits64(words) }
      return words.removeLast()
    }
  }

  /// Adds coordinate by coordinate modulo R.
  package mutating func add(_ other: ResidueVector) {
    switch (self, other) {
    case (.bits32(var words), .bits32(let others)):
      precondition(words.count == others.count)
      // The payload leaves `self` for as long as it is written to, so that it is not copied.
      self = .bits32([])
      for index in words.indices { words[index] &+= others[index] }
      self = .bits32(words)
    case (.bits64(var words), .bits64(let others)):
      precondition(words.count == others.count)
      self = .bits64([])
      for index in words.indices { words[index] &+= others[index] }
      self = .bits64(words)
    default:
      preconditionFailure("residues of two moduli cannot be added")
    }
  }

  mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    switch self {
    case .bits32(var words):
      self = .bits32([])
      words.withUnsafeMutableBytes(body)
      self = .bits32(words)
    case .bits64(var words):
      self = .bits64([])
      words.withUnsafeMutableBytes(body)
      self = .bits64(words)
    }
  }
}
