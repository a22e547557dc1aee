import Federation
import Foundation
import Glibc
import Messages
import TestSupport
import Testing
import Wire

/// Channels whose frames are sealed.
@Suite(.timeLimit(.minutes(10)))
struct SealedChannelTests {
  static let key = [UInt8](0..<32)

  /// What a coordinator says, and a worker answers, under `key`.
  static let setup = Message.setup(Array(#"{"training_end":7}"#.utf8))
  static let ready = Message.ready(
    WorkerIdentity(machine: "node7", build: "digits 3", capabilities: ["sum"], parameters: 4242))
  static let idle = Message.trained([.init(client: 6, outcome: .idle)])

  /// Built by Vectors/sealed_frames.py.
  static func frames() throws -> [String: [UInt8]] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/sealed_frames.json")
    let hex = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    return try hex.mapValues { digits in
      let digits = Array(digits)
      return try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...($0 + 1)]), radix: 16))
      }
    }
  }

  /// A worker's channel under `key` that these bytes come in on.
  static func worker(_ bytes: [UInt8], output: Int32 = openNull()) throws -> Channel {
    let pipe = try SystemPipe()
    pipe.send(bytes)
    close(pipe.writeEnd)
    let channel = Channel(input: pipe.readEnd, output: output)
    channel.sealAsWorker(key: key)
    return channel
  }

  /// The error that ends reading these frames, and how many messages came before.
  static func end(of bytes: [UInt8]) throws -> (messages: Int, error: WireError?) {
    let channel = try worker(bytes)
    var messages = 0
    while true {
      do throws(WireError) {
        _ = try channel.receive(deadline: 50)
        messages += 1
      } catch {
        return (messages, error)
      }
    }
  }

  @Test func framesAreThoseOfAnotherProgram() throws {
    let frames = try Self.frames()
    let request = try #require(frames["setup"]) + #require(frames["collect"])
    let answer = try SystemPipe()
    let channel = try Self.worker(request, output: answer.writeEnd)
    #expect(try channel.receive(deadline: 50) == Self.setup)
    #expect(try channel.receive(deadline: 50) == .collect)
    #expect(throws: WireError.closed) { try channel.receive(deadline: 50) }
    try channel.send(Self.ready)
    try channel.send(Self.idle)
    var bytes = [UInt8](repeating: 0, count: 1000)
    bytes.removeLast(bytes.count - read(answer.readEnd, &bytes, bytes.count))
    #expect(try bytes == #require(frames["ready"]) + #require(frames["idle"]))
    close(answer.readEnd)
  }

  @Test func twoSidesUnderstandEachOther() async throws {
    try await onThread {
      let (down, up) = (try SystemPipe(), try SystemPipe())
      Thread.detachNewThread {
        let worker = Channel(input: down.readEnd, output: up.writeEnd)
        guard case .seal(let key)? = try? worker.receive(deadline: 50) else { return }
        worker.sealAsWorker(key: key)
        while let message = try? worker.receive(deadline: 50) { try? worker.send(message) }
      }
      let coordinator = Channel(input: up.readEnd, output: down.writeEnd)
      try coordinator.sealAsCoordinator(deadline: 50)
      let model = Message.model(round: 3, parameters: (0..<(1 << 20)).map { Float($0) })
      for message in [Self.setup, model, .collect, Self.idle] {
        try coordinator.send(message, deadline: 50)
        #expect(try coordinator.receive(deadline: 50) == message)
      }
    }
  }

  @Test func everyConnectionHasItsOwnKey() throws {
    let keys = try (0..<20).map { _ in
      let pipe = try SystemPipe()
      let channel = Channel(input: openNull(), output: pipe.writeEnd)
      try channel.sealAsCoordinator()
      return try Channel(input: pipe.readEnd, output: openNull()).receive(deadline: 50)
    }
    for (index, key) in keys.enumerated() {
      guard case .seal(let bytes) = key else { return #expect(Bool(false), "\(key.name)") }
      #expect(bytes.count == 32 && !keys[..<index].contains(key))
    }
  }

  /// Whoever changes a frame can make its checksum right again.
  @Test func anAlteredFrameDoesNotOpen() throws {
    let frame = try #require(Self.frames()["setup"])
    let header = try Frame.decodeHeader(Array(frame[..<Frame.headerSize]))
    let payload = Array(frame[Frame.headerSize...])
    for bit in 0..<(8 * payload.count) {
      var altered = payload
      altered[bit / 8] ^= 1 << (bit % 8)
      let end = try Self.end(of: Frame.encode(type: header.type, payload: altered))
      #expect(end == (0, .unopened), "bit \(bit)")
    }
    for length in 0..<payload.count {
      let end = try Self.end(
        of: Frame.encode(type: header.type, payload: Array(payload[..<length])))
      #expect(end == (0, .unopened), "\(length) bytes")
    }
    for type in [0, 2, 4, 101, .max] as [UInt16] {
      #expect(try Self.end(of: Frame.encode(type: type, payload: payload)) == (0, .unopened))
    }
  }

  @Test func theOrderCounts() throws {
    let frames = try Self.frames()
    let (setup, collect) = (try #require(frames["setup"]), try #require(frames["collect"]))
    let ready = try #require(frames["ready"])
    let clear = Frame.encode(type: 4, payload: [])
    let cases: [(bytes: [UInt8], messages: Int, error: WireError)] = [
      (setup + collect, 2, .closed),
      (setup + setup, 1, .unopened),
      (setup + collect + setup, 2, .unopened),
      (setup + collect + collect, 2, .unopened),
      (collect + setup, 0, .unopened),
      (collect, 0, .unopened),
      // The worker's own frame, turned back.
      (ready, 0, .unopened),
      (setup + clear, 1, .unopened),
      (setup + collect[..<20], 1, .truncated(expected: 28, received: 4)),
    ]
    for (bytes, messages, error) in cases {
      #expect(try Self.end(of: bytes) == (messages, error))
    }
  }

  /// A side that expects no seal makes nothing of sealed frames.
  @Test func sealedFramesAreNothingInClear() async throws {
    for (name, frame) in try Self.frames() {
      await #expect(throws: WireError.self, "\(name)") {
        let message = try await ChannelTests.receive(frame, messages: 1)
        // A setup is any bytes; whoever parses them finds out.
        if case .setup = message[0] { throw WireError.malformed("setup") }
      }
    }
  }
}
