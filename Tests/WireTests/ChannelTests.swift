import Federation
import Foundation
import Glibc
import Messages
import Synchronization
import TestSupport
import Testing
import Wire

/// Channels over real pipes.
@Suite(.timeLimit(.minutes(10)))
struct ChannelTests {
  /// What a channel says to these bytes, after which the pipe ends.
  static func receive(_ bytes: [UInt8], messages: Int) async throws -> [Message] {
    try await onThread {
      let pipe = try SystemPipe()
      pipe.send(bytes)
      close(pipe.writeEnd)
      let channel = Channel(input: pipe.readEnd, output: openNull())
      return try (0..<messages).map { _ in try channel.receive(deadline: 50) }
    }
  }

  static func frame(of message: Message) -> [UInt8] {
    let (type, payload) = message.encoded()
    return Frame.encode(type: type, payload: payload)
  }

  static let train = Message.train(clients: [1, 2, 3])

  /// Sixteen megabytes do not fit a pipe: both sides meet partial reads and writes.
  @Test func largeMessagesCrossInPieces() async throws {
    let message = Message.model(
      round: 3, parameters: (0..<(4 << 20)).map { Float($0 % 8_191) * 0.25 })
    let bytes = 16 + 16 + 4 * (4 << 20)
    let received = try await onThread {
      let pipe = try SystemPipe()
      Thread.detachNewThread {
        let channel = Channel(input: openNull(), output: pipe.writeEnd)
        #expect(throws: Never.self) { try channel.send(message, deadline: 50) }
        #expect(channel.bytesSent == bytes)
      }
      let channel = Channel(input: pipe.readEnd, output: openNull())
      let received = try channel.receive(deadline: 50)
      #expect(channel.bytesReceived == bytes)
      return received
    }
    #expect(received == message)
  }

  @Test func bytesMayComeOneByOne() async throws {
    let received = try await onThread {
      let pipe = try SystemPipe()
      Thread.detachNewThread {
        for byte in Self.frame(of: Self.train) + Self.frame(of: .collect) {
          pipe.send([byte])
          usleep(100)
        }
        close(pipe.writeEnd)
      }
      let channel = Channel(input: pipe.readEnd, output: openNull())
      return [try channel.receive(deadline: 50), try channel.receive(deadline: 50)]
    }
    #expect(received == [Self.train, .collect])
  }

  @Test func anEndBetweenFramesIsClosed() async throws {
    await #expect(throws: WireError.closed) { try await Self.receive([], messages: 1) }
    let frame = Self.frame(of: Self.train)
    #expect(try await Self.receive(frame, messages: 1) == [Self.train])
    await #expect(throws: WireError.closed) { try await Self.receive(frame, messages: 2) }
  }

  @Test func anEndInsideAFrameIsTruncated() async throws {
    let frame = Self.frame(of: Self.train)
    let payload = frame.count - Frame.headerSize
    for count in 1..<frame.count {
      let isHeader = count < Frame.headerSize
      let expected = WireError.truncated(
        expected: isHeader ? Frame.headerSize : payload,
        received: isHeader ? count : count - Frame.headerSize)
      await #expect(throws: expected, "\(count) bytes") {
        try await Self.receive(Array(frame[..<count]), messages: 1)
      }
    }
  }

  @Test func silenceEndsWithTheDeadline() async throws {
    for count in [0, Frame.headerSize - 1, Self.frame(of: Self.train).count - 1] {
      let expected: WireError =
        count == 0 ? .timedOut(seconds: 0.05) : .unfinished(seconds: 0.05)
      await #expect(throws: expected, "\(count) bytes") {
        try await onThread {
          let pipe = try SystemPipe()
          defer { close(pipe.writeEnd) }
          pipe.send(Array(Self.frame(of: Self.train).prefix(count)))
          let channel = Channel(input: pipe.readEnd, output: openNull())
          _ = try channel.receive(deadline: 0.05)
        }
      }
    }
  }

  /// Each byte comes well before the deadline and the frame never does.
  @Test(arguments: [0, Frame.headerSize])
  func drippingEndsWithTheDeadline(whole: Int) async throws {
    await #expect(throws: WireError.unfinished(seconds: 1)) {
      try await onThread {
        let pipe = try SystemPipe()
        let frame = Self.frame(of: .model(round: 1, parameters: [Float](repeating: 1, count: 99)))
        pipe.send(Array(frame[..<whole]))
        Thread.detachNewThread {
          for byte in frame[whole...] {
            pipe.send([byte])
            usleep(200_000)
          }
          close(pipe.writeEnd)
        }
        let channel = Channel(input: pipe.readEnd, output: openNull())
        _ = try channel.receive(deadline: 1)
      }
    }
  }

  @Test func aSideThatDoesNotReadEndsWithTheDeadline() async throws {
    await #expect(throws: WireError.timedOut(seconds: 0.05)) {
      try await onThread {
        let pipe = try SystemPipe()
        defer { close(pipe.readEnd) }
        let channel = Channel(input: openNull(), output: pipe.writeEnd)
        let message = Message.model(round: 1, parameters: [Float](repeating: 1, count: 1 << 20))
        try channel.send(message, deadline: 0.05)
      }
    }
  }

  @Test func writingToASideThatLeftIsClosed() async throws {
    signal(SIGPIPE, SIG_IGN)
    await #expect(throws: WireError.closed) {
      try await onThread {
        let pipe = try SystemPipe()
        close(pipe.readEnd)
        try Channel(input: openNull(), output: pipe.writeEnd).send(Self.train, deadline: 50)
      }
    }
  }

  /// The answer is only written once the words on the side have arrived, and the side closes first.
  @Test func theSideInputIsHeardWhileWaiting() async throws {
    let words = Array("something went wrong\n".utf8)
    let heard = try await onThread {
      let (pipe, side) = (try SystemPipe(), try SystemPipe())
      let heard = Mutex<[UInt8]>([])
      let channel = Channel(
        input: pipe.readEnd, output: openNull(), sideInput: side.readEnd,
        onSideInput: { bytes in
          heard.withLock { $0 += bytes }
          pipe.send(Self.frame(of: Self.train))
        })
      side.send(words)
      close(side.writeEnd)
      defer { close(pipe.writeEnd) }
      #expect(try channel.receive(deadline: 50) == Self.train)
      // The closed side must neither end the wait early nor keep it busy.
      #expect(throws: WireError.timedOut(seconds: 0.05)) { try channel.receive(deadline: 0.05) }
      return heard.withLock(\.self)
    }
    #expect(heard == words)
  }

  @Test func lastWordsCanBeDrained() async throws {
    let heard = try await onThread {
      let side = try SystemPipe()
      let heard = Mutex<[UInt8]>([])
      let channel = Channel(
        input: openNull(), output: openNull(), sideInput: side.readEnd,
        onSideInput: { bytes in heard.withLock { $0 += bytes } })
      side.send([UInt8](repeating: 65, count: 10_000))
      channel.drainSideInput()
      close(side.writeEnd)
      channel.drainSideInput()
      return heard.withLock(\.count)
    }
    #expect(heard == 10_000)
  }
}
