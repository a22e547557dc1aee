/// Why a conversation with the other side of a pipe ended.
package enum WireError: Error, Equatable, CustomStringConvertible {
  case closed
  case truncated(expected: Int, received: Int)
  case notAFrame(UInt32)
  case unsupportedVersion(UInt16)
  case oversized(UInt64)
  case corrupt
  /// A frame of a sealed connection that is not the next one that the other side sealed.
  case unopened
  case unknownMessage(UInt16)
  case malformed(String)
  case unexpected(String)
  case timedOut(seconds: Double)
  /// A frame that began and was not whole in time.
  case unfinished(seconds: Double)
  /// This side does not want to wait any longer.
  case givenUp
  case system(operation: String, code: Int32)

  package var description: String {
    switch self {
    case .closed: "the other side closed the pipe"
    case .truncated(let expected, let received):
      "a frame was cut: \(received) of \(expected) bytes arrived"
    case .notAFrame(let magic):
      "bytes that are no frame (they begin with 0x\(String(magic, radix: 16)))"
    case .unsupportedVersion(let version):
      "a frame of protocol version \(version); this program speaks \(Frame.version)"
    case .oversized(let bytes):
      "a frame of \(bytes) bytes; the limit is \(Frame.largestPayload)"
    case .corrupt: "a frame whose checksum is wrong"
    case .unopened:
      "a frame that does not open: it was altered, repeated or moved, or is not sealed"
    case .unknownMessage(let type): "a message of unknown type \(type)"
    case .malformed(let what): "a malformed message: \(what)"
    case .unexpected(let message): "an unexpected message: \(message)"
    case .timedOut(let seconds): "nothing was heard for \(seconds) seconds"
    case .unfinished(let seconds): "a frame was not finished within \(seconds) seconds"
    case .givenUp: "nobody waits for it any longer"
    case .system(let operation, let code): "\(operation) failed with error \(code)"
    }
  }
}
