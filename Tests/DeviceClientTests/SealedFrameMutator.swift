import DeviceClient
import Glibc
import LinearAlgebra
import Messages
import TestSupport
import Wire

/// Draws conversations that were sealed and then tampered with.
struct SealedFrameMutator {
  private var stream: RandomStream
  /// The frames of one conversation as a coordinator sealed them; the first holds the key.
  private let frames: [[UInt8]]

  init(seed: UInt64, frames: [[UInt8]]) {
    stream = RandomStream(key: (seed, 1), counter: (0, 0, 0))
    self.frames = frames
  }

  /// So many frames as they were, then one that does not belong there, and what came after it.
  mutating func next() -> (bytes: [UInt8], intact: Int) {
    let intact = stream.below(frames.count)
    let wrong = wrongFrame(at: intact)
    let rest = frames[min(frames.count, intact + stream.below(3))...].flatMap(\.self)
    return (frames[..<intact].flatMap(\.self) + wrong + rest, intact)
  }

  private mutating func wrongFrame(at place: Int) -> [UInt8] {
    let frame = frames[place]
    let type = UInt16(frame[6]) | UInt16(frame[7]) << 8
    var payload = Array(frame[Frame.headerSize...])
    switch stream.below(6) {
    case 0:
      // A bit that the checksum was not made for.
      var frame = frame
      frame[stream.below(frame.count)] ^= 1 << stream.below(8)
      return frame
    case 1:
      payload[stream.below(payload.count)] ^= 1 << stream.below(8)
    case 2:
      payload.removeLast(1 + stream.below(payload.count))
    case 3:
      payload.insert(UInt8(stream.below(256)), at: stream.below(payload.count + 1))
    case 4:
      // An earlier frame once more.
      if place > 0 { return frames[stream.below(place)] }
      payload = []
    default:
      return Frame.encode(type: type ^ UInt16(1 + stream.below(255)), payload: payload)
    }
    return Frame.encode(type: type, payload: payload)
  }
}

/// The frames of these messages on a sealed connection, the one with the key first.
///
/// They must fit a pipe's buffer (64 KiB).
func sealedFrames(_ messages: [Message]) throws -> [[UInt8]] {
  let pipe = try SystemPipe()
  do {
    let channel = Channel(input: openNull(), output: pipe.writeEnd)
    try channel.sealAsCoordinator()
    for message in messages { try channel.send(message) }
  }
  return split(everything(from: pipe.readEnd))
}

/// How many frames a worker answers to these bytes until the pipe ends, and its error.
func serveSealed(_ bytes: [UInt8]) throws -> (answers: Int, error: WireError?) {
  let (answer, error) = try conversation(bytes)
  return (split(everything(from: answer)).count, error)
}

/// What is in a pipe whose other end is closed.
private func everything(from descriptor: Int32) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 1 << 17)
  var count = 0
  while true {
    let more = bytes.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
    }
    guard more > 0 else { break }
    count += more
  }
  close(descriptor)
  return Array(bytes[..<count])
}

private func split(_ bytes: [UInt8]) -> [[UInt8]] {
  var rest = bytes[...]
  var frames: [[UInt8]] = []
  while let header = try? Frame.decodeHeader(Array(rest.prefix(Frame.headerSize))) {
    let size = Frame.headerSize + header.length
    frames.append(Array(rest.prefix(size)))
    rest = rest.dropFirst(size)
  }
  return frames
}
