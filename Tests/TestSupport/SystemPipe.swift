import Foundation
import Glibc

/// One pipe of the system; both ends close with their channel, or by hand.
package struct SystemPipe {
  package let readEnd: Int32
  package let writeEnd: Int32

  package init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    // A process that another test starts would keep them open.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  /// Writes all of it; the other end must be read, or have room.
  package func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(writeEnd, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// A descriptor that takes everything.
package func openNull() -> Int32 { open("/dev/null", O_RDWR | O_CLOEXEC) }

/// Runs blocking work on a thread of its own: on the cooperative pool it would stall other tests.
package func onThread<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}
