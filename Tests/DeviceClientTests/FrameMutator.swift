import LinearAlgebra
import Messages
import Wire

/// Draws byte strings that resemble a conversation, and are wrong somewhere.
struct FrameMutator {
  private var stream: RandomStream
  private let samples: [Message]
  /// Numbers on which careless code overflows, allocates or indexes.
  private static let hostileNumbers: [Int64] = [
    -1, 0, 1, .min, .max, .max - 7, 1 << 26, 1 << 32, 1 << 40, -(1 << 32), 0x7FF8_0000_0000_0000,
  ]

  init(seed: UInt64, samples: [Message]) {
    stream = RandomStream(key: (seed, 0), counter: (0, 0, 0))
    self.samples = samples
  }

  /// A few frames, or none, and then something that is no proper frame of this conversation.
  mutating func next() -> [UInt8] {
    let before = stream.below(3)
    return (0..<before).flatMap { _ in sample() } + wrongFrame()
  }

  private mutating func wrongFrame() -> [UInt8] {
    switch stream.below(7) {
    case 0: return noise(upTo: 200)
    case 1: return truncated(sample())
    case 2: return withFlippedBits(sample())
    case 3: return withWrongHeader(sample())
    case 4: return withInsertedBytes(sample())
    default: return withHostilePayload()
    }
  }

  private mutating func sample() -> [UInt8] { frames([samples[stream.below(samples.count)]]) }

  private mutating func noise(upTo limit: Int) -> [UInt8] {
    (0..<stream.below(limit)).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
  }

  private mutating func truncated(_ frame: [UInt8]) -> [UInt8] {
    Array(frame.prefix(stream.below(frame.count)))
  }

  private mutating func withFlippedBits(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    for _ in 0...stream.below(4) { frame[stream.below(frame.count)] ^= 1 << stream.below(8) }
    return frame
  }

  /// Magic, version, type, length or checksum: anything, with the other fields as they were.
  private mutating func withWrongHeader(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    let fields = [0..<4, 4..<6, 6..<8, 8..<12, 8..<12, 12..<16]
    for index in fields[stream.below(fields.count)] {
      frame[index] = UInt8(truncatingIfNeeded: stream.next())
    }
    return frame
  }

  private mutating func withInsertedBytes(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    let place = stream.below(frame.count)
    if stream.chance(0.5) {
      frame.insert(contentsOf: noise(upTo: 20), at: place)
    } else {
      frame.removeSubrange(place..<min(frame.count, place + 1 + stream.below(20)))
    }
    return frame
  }

  /// A frame whose checksum is right and whose contents are not.
  private mutating func withHostilePayload() -> [UInt8] {
    var (type, payload) = samples[stream.below(samples.count)].encoded()
    if stream.chance(0.1) { type = UInt16(truncatingIfNeeded: stream.next()) }
    for _ in 0...stream.below(3) {
      guard !payload.isEmpty else { break }
      let place = stream.below(payload.count)
      switch stream.below(4) {
      case 0: payload[place] = UInt8(truncatingIfNeeded: stream.next())
      case 1: payload.removeSubrange(place...)
      case 2: payload.insert(contentsOf: noise(upTo: 20), at: place)
      default:
        let number = Self.hostileNumbers[stream.below(Self.hostileNumbers.count)]
        // Mostly where a number really lies.
        let start = stream.chance(0.8) ? place / 8 * 8 : place
        withUnsafeBytes(of: number.littleEndian) { bytes in
          for (index, byte) in bytes.enumerated() where start + index < payload.count {
            payload[start + index] = byte
          }
        }
      }
    }
    return Frame.encode(type: type, payload: payload)
  }
}
