/// Appends little-endian values to a byte array.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  package mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func append(_ value: Int) { append(Int64(value)) }

  /// Seven bits a byte, the lowest first; the high bit says that more follow (LEB128).
  package mutating func append(compact value: Int) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest > 0x7F {
      append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  package mutating func append(_ value: Double) { append(value.bitPattern) }

  package mutating func append(bytes other: some Sequence<UInt8>) {
    bytes.append(contentsOf: other)
  }

  /// A count, then the elements.
  package mutating func append(array: [some BitwiseCopyable]) {
    append(array.count)
    array.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// A count, then UTF-8.
  package mutating func append(text: String) { append(array: Array(text.utf8)) }
}

/// Reads little-endian values from a byte array; every read past its end throws.
package struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var remaining: Int { bytes.count - position }

  package mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type
  ) throws(WireError) -> Value {
    let size = MemoryLayout<Value>.size
    guard remaining >= size else {
      throw .malformed("\(size) bytes expected, \(remaining) left")
    }
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
    position += size
    return Value(littleEndian: value)
  }

  package mutating func readInt() throws(WireError) -> Int { Int(try read(Int64.self)) }

  /// A number written by `append(compact:)`.
  package mutating func readCompact() throws(WireError) -> Int {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let byte = try read(UInt8.self)
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return Int(Int64(bitPattern: value)) }
    }
    throw .malformed("a number of more than 64 bits")
  }

  package mutating func readDouble() throws(WireError) -> Double {
    Double(bitPattern: try read(UInt64.self))
  }

  /// An array written by `append(array:)`; the count is checked against what is there.
  package mutating func readArray<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(WireError) -> [Element] {
    let count = try readInt()
    let size = MemoryLayout<Element>.stride
    guard count >= 0, count <= remaining / size else {
      throw .malformed("an array of \(count) elements in \(remaining) bytes")
    }
    let range = position..<(position + count * size)
    position = range.upperBound
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[range]))
      }
      initialized = count
    }
  }

  /// A count written by `append(compact:)`, then as many elements of at least a byte each.
  package mutating func readList<Element>(
    _ element: (inout ByteReader) throws(WireError) -> Element
  ) throws(WireError) -> [Element] {
    let count = try readCompact()
    guard count >= 0, count <= remaining else {
      throw .malformed("a list of \(count) elements in \(remaining) bytes")
    }
    var elements: [Element] = []
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }

  package mutating func readText() throws(WireError) -> String {
    String(decoding: try readArray(of: UInt8.self), as: UTF8.self)
  }

  /// Takes whatever is left, unread.
  package mutating func skipRest() { position = bytes.count }

  package func finish() throws(WireError) {
    guard remaining == 0 else { throw .malformed("\(remaining) bytes too many") }
  }
}
