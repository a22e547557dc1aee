/// Numbers byte strings in order of first appearance.
struct ByteInterner {
  private var bytes: [UInt8] = []
  /// Where each string ends in `bytes`; string i begins where string i - 1 ends.
  private var ends: [Int] = []
  /// Open addressing; -1 is free.
  private var slots = [Int32](repeating: -1, count: 1024)

  var count: Int { ends.count }

  /// The number of a string, a new one if it was not seen before.
  mutating func intern(_ text: Field) -> Int {
    var slot = Int(truncatingIfNeeded: hash64(text)) & (slots.count - 1)
    while slots[slot] >= 0 {
      let id = Int(slots[slot])
      if bytes[range(of: id)].elementsEqual(text) { return id }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(ends.count)
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    if ends.count * 2 > slots.count { grow() }
    return ends.count - 1
  }

  /// The number of a string; nil when it was not seen before.
  func id(of text: Field) -> Int? {
    var slot = Int(truncatingIfNeeded: hash64(text)) & (slots.count - 1)
    while slots[slot] >= 0 {
      let id = Int(slots[slot])
      if bytes[range(of: id)].elementsEqual(text) { return id }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  func contains(_ text: Field) -> Bool { id(of: text) != nil }

  func string(_ id: Int) -> String {
    String(decoding: bytes[range(of: id)], as: UTF8.self)
  }

  /// Negative where string `a` comes first, byte by byte, positive where `b` does, 0 where they are
  /// the same; -1, no string, comes before all.
  func compare(_ a: Int, _ b: Int) -> Int {
    if a == b { return 0 }
    guard a >= 0, b >= 0 else { return a < b ? -1 : 1 }
    return bytes[range(of: a)].lexicographicallyPrecedes(bytes[range(of: b)]) ? -1 : 1
  }

  @inline(__always)
  private func range(of id: Int) -> Range<Int> {
    (id == 0 ? 0 : ends[id - 1])..<ends[id]
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for id in ends.indices {
      let hash = bytes[range(of: id)].withUnsafeBufferPointer(hash64)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(id)
    }
  }
}

/// FNV-1a, the same on every machine (http://www.isthe.com/chongo/tech/comp/fnv/).
func hash64(_ bytes: Field) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  // The low bits choose the slot; fold the better mixed high ones into them.
  return hash ^ (hash >> 32)
}
