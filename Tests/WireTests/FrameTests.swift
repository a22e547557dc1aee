import Testing
import Wire

struct FrameTests {
  static let payload: [UInt8] = [1, 2, 3, 4, 5]
  static let frame = Frame.encode(type: 3, payload: payload)

  static func header(changing range: Range<Int>, to bytes: [UInt8]) -> [UInt8] {
    var header = Array(frame[..<Frame.headerSize])
    header.replaceSubrange(range, with: bytes)
    return header
  }

  @Test func otherBytesAreNoFrame() {
    #expect(throws: WireError.notAFrame(0x6C6C_6548)) {
      try Frame.decodeHeader(Self.header(changing: 0..<4, to: Array("Hell".utf8)))
    }
  }

  @Test func otherVersionsAreRefused() {
    for version in [0, 2, .max] as [UInt16] {
      let bytes = [UInt8(version & 0xFF), UInt8(version >> 8)]
      #expect(throws: WireError.unsupportedVersion(version)) {
        try Frame.decodeHeader(Self.header(changing: 4..<6, to: bytes))
      }
    }
  }

  @Test func largePayloadsAreRefusedByTheirHeader() throws {
    let limit = try Frame.decodeHeader(Self.header(changing: 8..<12, to: [0, 0, 0, 0x40]))
    #expect(limit.length == Frame.largestPayload)
    #expect(throws: WireError.oversized(1 << 30 + 1)) {
      try Frame.decodeHeader(Self.header(changing: 8..<12, to: [1, 0, 0, 0x40]))
    }
    #expect(throws: WireError.oversized(0xFFFF_FFFF)) {
      try Frame.decodeHeader(Self.header(changing: 8..<12, to: [0xFF, 0xFF, 0xFF, 0xFF]))
    }
  }

  @Test func shortHeadersAreMalformed() {
    for count in 0..<Frame.headerSize {
      #expect(throws: WireError.self) { try Frame.decodeHeader(Array(Self.frame[..<count])) }
    }
  }

  /// Every single flipped bit is noticed, wherever it is.
  @Test func everyFlippedBitIsNoticed() {
    for bit in 0..<(8 * Self.frame.count) {
      var frame = Self.frame
      frame[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: WireError.self, "bit \(bit)") {
        let bytes = Array(frame[..<Frame.headerSize])
        let header = try Frame.decodeHeader(bytes)
        try Frame.verify(header, headerBytes: bytes, payload: Array(frame[Frame.headerSize...]))
      }
    }
  }
}
