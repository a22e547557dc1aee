/// Appends whole numbers, small ones in few bytes.
///
/// Seven bits a byte, the lowest first, the high bit says that more follow (LEB128); a negative
/// number n becomes −2n − 1, another 2n.
struct NumberWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some BinaryInteger) {
    let number = Int64(number)
    var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Reads what `NumberWriter` wrote.
struct NumberReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// The next number; nil where there is none, or none that fits the type.
  mutating func next<Number: BinaryInteger>(_ type: Number.Type) -> Number? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        return Number(exactly: Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
      }
    }
    return nil
  }
}
