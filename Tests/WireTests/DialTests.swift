import Glibc
import TestSupport
import Testing
import Wire

/// The first frame of a worker that dials back, and what it is told.
struct DialTests {
  static let hex = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()

  static func key() throws -> DialKey { try #require(DialKey(hex: hex)) }

  static func frame() throws -> [UInt8] {
    try #require(SealedChannelTests.frames()["dial"])
  }

  @Test func theFirstFrameIsThatOfAnotherProgram() throws {
    let (frame, key) = (try Self.frame(), try Self.key())
    #expect(key.greeting().frame == frame)
    #expect(frame.count == DialKey.frameSize)
    #expect(DialKey.name(in: frame) == key.name)
    #expect(key.accept(frame) != nil)
  }

  /// The first frame counts: what follows is the second that each key seals.
  @Test func framesFollowTheFirst() throws {
    let key = try Self.key()
    let (frame, seal) = key.greeting()
    let worker = try SystemPipe()
    let fromWorker = Channel(socket: worker.writeEnd, seal: seal)
    try fromWorker.sendFrame(type: 102, payload: [1, 6, 2])
    let accepted = try #require(key.accept(frame))
    let coordinator = Channel(socket: worker.readEnd, seal: accepted)
    let answer = try coordinator.receiveFrame(deadline: 50)
    #expect(answer.type == 102 && answer.payload == [1, 6, 2])
    // Without the first frame nothing opens.
    let alone = try SystemPipe()
    alone.send(try #require(SealedChannelTests.frames()["idle"]))
    let other = Channel(socket: alone.readEnd, seal: try #require(key.accept(frame)))
    #expect(throws: Never.self) { _ = try other.receiveFrame(deadline: 50) }
    let replay = try SystemPipe()
    replay.send(frame)
    let third = Channel(socket: replay.readEnd, seal: try #require(key.accept(frame)))
    #expect(throws: WireError.unopened) { _ = try third.receiveFrame(deadline: 50) }
    close(alone.writeEnd)
    close(replay.writeEnd)
  }

  @Test func everyFlippedBitIsRefused() throws {
    let (key, frame) = (try Self.key(), try Self.frame())
    for bit in 0..<(8 * frame.count) {
      var altered = frame
      altered[bit / 8] ^= 1 << (bit % 8)
      #expect(key.accept(altered) == nil, "bit \(bit)")
      // Nor with its checksum made right again.
      let fixed = Frame.encode(type: Frame.dialType, payload: Array(altered.dropFirst(16)))
      guard bit >= 8 * Frame.headerSize else { continue }
      #expect(key.accept(fixed) == nil, "bit \(bit)")
    }
    for count in 0..<frame.count {
      #expect(DialKey.canBegin(Array(frame.prefix(count))))
      #expect(key.accept(Array(frame.prefix(count))) == nil)
    }
  }

  @Test func anotherKeyIsRefused() throws {
    let frame = try Self.frame()
    #expect(DialKey().accept(frame) == nil)
    // Even one that calls itself the same.
    let stranger = DialKey().greeting().frame
    let key = try Self.key()
    let forged = Frame.encode(type: Frame.dialType, payload: key.name + stranger.dropFirst(32))
    #expect(DialKey.name(in: forged) == key.name)
    #expect(key.accept(forged) == nil)
  }

  @Test func rubbishCannotBegin() throws {
    #expect(!DialKey.canBegin(Array("GET / HTTP/1.1".utf8)))
    #expect(!DialKey.canBegin(Array("FSIM".utf8) + [1, 0, 1, 0]))
    #expect(DialKey.canBegin([]))
  }

  @Test func theLineIsRead() throws {
    let line = DialLine(host: "10.0.0.5", port: 7_000, key: try Self.key())
    #expect(line.text == "10.0.0.5 7000 \(Self.hex)\n")
    #expect(DialLine(String(line.text.dropLast())) == line)
    for wrong in [
      "", "10.0.0.5 7000", "10.0.0.5 0 \(Self.hex)", "10.0.0.5 70000 \(Self.hex)",
      "10.0.0.5 7000 \(Self.hex.dropLast())", "10.0.0.5 7000 \(Self.hex)0",
      "10.0.0.5 7000 \(Self.hex.dropLast())g", "a b 7000 \(Self.hex)",
    ] {
      #expect(DialLine(wrong) == nil, "\(wrong)")
    }
    let pipe = try SystemPipe()
    pipe.send(Array("\(line.text)rest".utf8))
    #expect(DialLine.read(from: pipe.readEnd) == line)
    var rest = [UInt8](repeating: 0, count: 4)
    #expect(read(pipe.readEnd, &rest, 4) == 4 && rest == Array("rest".utf8))
    close(pipe.readEnd)
    close(pipe.writeEnd)
  }
}
