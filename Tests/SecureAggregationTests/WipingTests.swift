#if os(Linux)
  import Foundation
  import Glibc
  import SecureAggregation
  import Testing

  /// What is left of secrets in the memory of this process.
  @Suite struct WipingTests {
    /// The coefficients of the last polynomial are nowhere once shares are made; a copy of them is
    /// found where one is left behind.
    @Test func `coefficients of polynomials are overwritten`() throws {
      let threshold = 9
      let parameters = try makeParameters(12, threshold: threshold)
      let seed = UInt64.random(in: .min ... .max)
      var session = SimulatedSession(parameters)
      try session.server.receive(
        try session.clients[1].advertiseKeys(using: &session.sources[1]))
      var source = UnbufferedSource(state: seed)
      try session.server.receive(try session.clients[0].advertiseKeys(using: &source))
      for participant in 2..<12 {
        try session.server.receive(
          try session.clients[participant].advertiseKeys(using: &session.sources[participant]))
      }
      try session.server.assignNeighbours(using: &session.graphSource)
      let keys = session.server.neighbourKeys(for: 0)
      _ = try session.clients[0].shareKeys(with: keys, using: &source)

      // Two keys and a seed of 4 words each; then ten polynomials, of which the last is the second
      // secret's last limb. No word needs to be drawn again, but with a chance of 2^-61.
      var words = UnbufferedSource(state: seed)
      for _ in 0..<(12 + 9 * (threshold - 1)) { _ = words.word() }
      let count = (threshold - 1) * 8
      let needle = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
      defer { needle.deallocate() }
      for index in 0..<(threshold - 1) {
        needle.storeBytes(
          of: words.word() & MersenneField.prime, toByteOffset: 8 * index, as: UInt64.self)
      }
      #expect(try occurrences(of: needle) == 0, "seed \(seed)")
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
      defer { copy.deallocate() }
      copy.copyMemory(from: UnsafeRawBufferPointer(needle))
      #expect(try occurrences(of: needle) == 1, "seed \(seed)")
    }

    /// Places of words in writable memory, other than the needle itself, that hold the same bytes.
    private func occurrences(of needle: UnsafeMutableRawBufferPointer) throws -> Int {
      let memory = open("/proc/self/mem", O_RDONLY)
      defer { close(memory) }
      try #require(memory >= 0)
      let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
      defer { window.deallocate() }
      let own = [UnsafeRawBufferPointer(needle), UnsafeRawBufferPointer(window)].compactMap {
        bytes in
        bytes.baseAddress.map { UInt(bitPattern: $0)..<(UInt(bitPattern: $0) + UInt(bytes.count)) }
      }
      let first = needle.load(as: UInt64.self)
      var found = 0
      for line in try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(
        separator: "\n")
      where line.contains(" rw") {
        let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap {
          UInt($0, radix: 16)
        }
        guard ends.count == 2 else { continue }
        var start = ends[0]
        while start < ends[1] {
          let length = min(UInt(window.count), ends[1] - start)
          let read = pread(memory, window.baseAddress, Int(length), off_t(start))
          guard read >= needle.count else { break }
          for place in stride(from: 0, through: read - needle.count, by: 8)
          where window.loadUnaligned(fromByteOffset: place, as: UInt64.self) == first {
            let candidate = UnsafeRawBufferPointer(window)[place..<(place + needle.count)]
            let address = start + UInt(place)
            if candidate.elementsEqual(needle), !own.contains(where: { $0.contains(address) }) {
              found += 1
            }
          }
          // Windows overlap, so that nothing lies across two of them; but nothing counts twice.
          start += UInt(read - (read == window.count ? needle.count - 8 : 0))
        }
      }
      return found
    }
  }

  /// A stream that keeps nothing of what it gave (SplitMix64).
  private struct UnbufferedSource: SecureRandomSource {
    var state: UInt64

    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
      var word: UInt64 = 0
      for index in bytes.indices {
        if index % 8 == 0 {
          state &+= 0x9E37_79B9_7F4A_7C15
          word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
          word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
          word ^= word >> 31
        }
        bytes[index] = UInt8(truncatingIfNeeded: word)
        word >>= 8
      }
    }
  }
#endif
