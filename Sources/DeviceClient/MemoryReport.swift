import Messages
import Threads
import Wire

/// Tells the coordinator of this process's memory: it may be on another machine.
struct MemoryReport {
  let isWanted: Bool
  private var told = 0
  /// Less is not worth a message, in bytes.
  private static let step = 1 << 20

  init(isWanted: Bool) { self.isWanted = isWanted }

  mutating func tell(on channel: Channel) throws(WireError) {
    guard isWanted else { return }
    let peak = ProcessMemory.peakBytes()
    guard peak >= told + Self.step else { return }
    told = peak
    try channel.send(.usage(peakMemoryBytes: peak))
  }
}
