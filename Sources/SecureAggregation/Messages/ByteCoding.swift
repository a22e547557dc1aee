/// Appends little-endian values to a byte array.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(bytes other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

  /// A count, then UTF-8.
  mutating func append(text: String) {
    append(UInt32(text.utf8.count))
    append(bytes: text.utf8)
  }
}

/// Reads what `ByteWriter` wrote; nothing is read past the end.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var remaining: Int { bytes.count - position }

  mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(SecureAggregationError) -> Value {
    let slice = try read(count: MemoryLayout<Value>.size)
    return Value(littleEndian: slice.withUnsafeBytes { $0.loadUnaligned(as: type) })
  }

  mutating func read(count: Int) throws(SecureAggregationError) -> ArraySlice<UInt8> {
    guard remaining >= count else {
      throw .malformed("\(count) bytes expected, \(remaining) left")
    }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  func finish() throws(SecureAggregationError) {
    guard remaining == 0 else { throw .malformed("\(remaining) bytes too many") }
  }
}
