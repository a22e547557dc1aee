import Glibc
import Sealing

/// One end of the two pipes between the coordinator and a worker, or of the connection in their place.
///
/// Frames go out on `output` and come in on `input`; both descriptors are closed with the channel.
/// Back-pressure is the pipe's own: a write waits until the other side reads. One thread may send while
/// another receives.
package final class Channel {
  private static let largestRead = 1 << 20
  /// POLLRDHUP, which the library shows to C programs that ask for it.
  package static let hangUp: Int32 = 0x2000

  private let input: Int32
  private let output: Int32
  /// Called while waiting, with whatever arrives on an extra descriptor (a worker's errors).
  private let sideInput: Int32?
  private let onSideInput: (UnsafeRawBufferPointer) -> Void
  /// Asked now and then while waiting; true ends the wait.
  private let isGivenUp: (@Sendable () -> Bool)?
  private static let longestSlice: Int32 = 200  // milliseconds
  private var isOpen = true
  private var isOutputClosed = false
  private var sideBuffer = [UInt8](repeating: 0, count: 4096)
  private var isSideOpen = true

  /// Of the frames of either direction; nil while they cross in the clear.
  ///
  /// Each has its own, so that one thread can send and another receive.
  private var sealOfSent: FrameSeal?
  private var sealOfReceived: FrameSeal?

  package private(set) var bytesSent = 0
  package private(set) var bytesReceived = 0

  package init(
    input: Int32, output: Int32, sideInput: Int32? = nil,
    isGivenUp: (@Sendable () -> Bool)? = nil,
    onSideInput: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }
  ) {
    self.input = input
    self.output = output
    self.sideInput = sideInput
    self.onSideInput = onSideInput
    self.isGivenUp = isGivenUp
    for descriptor in [input, output] + (sideInput.map { [$0] } ?? []) {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    }
  }

  /// A channel over a connection whose frames are sealed already.
  package convenience init(
    socket: Int32, seal: FrameSeal, sideInput: Int32? = nil,
    isGivenUp: (@Sendable () -> Bool)? = nil,
    onSideInput: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }
  ) {
    self.init(
      input: socket, output: socket, sideInput: sideInput, isGivenUp: isGivenUp,
      onSideInput: onSideInput)
    self.seal(seal)
  }

  deinit { close() }

  /// Ends the conversation: the other side sees both of its pipes closed.
  ///
  /// Nothing may follow.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    isSideOpen = false
    for descriptor in Set(
      [input] + (isOutputClosed ? [] : [output]) + (sideInput.map { [$0] } ?? []))
    {
      _ = Glibc.close(descriptor)
    }
  }

  /// Says that nothing more will be sent, and goes on receiving; where both directions are one descriptor
  /// there is no such thing.
  package func closeOutput() {
    guard isOpen, !isOutputClosed, output != input else { return }
    isOutputClosed = true
    _ = Glibc.close(output)
  }

  /// Sends a fresh key and seals every later frame, in both directions, with it.
  package func sealAsCoordinator(deadline: Double? = nil) throws(WireError) {
    let key = SealingKey.randomBytes()
    try sendFrame(type: Frame.sealType, payload: key, deadline: deadline)
    seal(FrameSeal(key: key, own: .coordinator))
  }

  /// Seals every later frame, in both directions, with the key that a coordinator sent.
  package func sealAsWorker(key: [UInt8]) {
    seal(FrameSeal(key: key, own: .worker))
  }

  private func seal(_ seal: FrameSeal) {
    sealOfSent = seal
    sealOfReceived = seal
  }

  /// Sends one frame, sealed on a sealed connection; `deadline` (seconds) limits how long the other
  /// side may take to read it.
  package func sendFrame(
    type: UInt16, payload clear: [UInt8], deadline: Double? = nil
  ) throws(WireError) {
    let limit = deadline.map(Limit.init)
    let payload = sealOfSent?.seal(type: type, payload: clear) ?? clear
    try send(Frame.header(type: type, payload: payload), payload, until: limit)
  }

  /// Sends bytes as they are, whether they are a frame or not: to see what the other side makes of them.
  package func sendBytes(_ bytes: [UInt8], deadline: Double? = nil) throws(WireError) {
    try send(bytes, [], until: deadline.map(Limit.init))
  }

  private func send(
    _ header: [UInt8], _ payload: [UInt8], until limit: Limit?
  ) throws(WireError) {
    let size = header.count + payload.count
    var sent = 0
    while sent < size {
      let count = write(header, payload, from: sent)
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        try wait(for: output, events: Int16(POLLOUT), until: limit)
      } else if errno == EPIPE || errno == ECONNRESET {
        throw .closed
      } else if errno != EINTR {
        throw .system(operation: "writing to the pipe", code: errno)
      }
    }
    bytesSent += size
  }

  /// Writes what the pipe takes of a frame, from so many bytes on; together, since a copy of a long
  /// payload costs as much as the pipe.
  private func write(_ header: [UInt8], _ payload: [UInt8], from sent: Int) -> Int {
    header.withUnsafeBytes { header in
      payload.withUnsafeBytes { payload in
        let rest = payload.dropFirst(max(0, sent - header.count))
        let pieces = [header.dropFirst(sent), rest].map { piece in
          iovec(
            iov_base: UnsafeMutableRawPointer(
              mutating: UnsafeRawBufferPointer(rebasing: piece).baseAddress),
            iov_len: piece.count)
        }
        return writev(output, pieces, Int32(pieces.count))
      }
    }
  }

  /// The next frame, opened; `closed` when the other side ended between two frames.
  ///
  /// `deadline` (seconds) limits the wait for a header, and again that for what it announces: one
  /// byte now and then keeps nobody waiting for ever.
  package func receiveFrame(
    deadline: Double? = nil
  ) throws(WireError) -> (type: UInt16, payload: [UInt8]) {
    let headerBytes = try read(
      Frame.headerSize, until: deadline.map(Limit.init), atFrameStart: true)
    let header = try Frame.decodeHeader(headerBytes)
    let payload = try read(header.length, until: deadline.map(Limit.init), atFrameStart: false)
    try Frame.verify(header, headerBytes: headerBytes, payload: payload)
    bytesReceived += headerBytes.count + payload.count
    return (
      header.type, try sealOfReceived?.open(type: header.type, payload: payload) ?? payload
    )
  }

  /// Whether the other side has closed its end; what it sent before may still be unread.
  package var isHungUp: Bool {
    // The other side of a connection has closed both ways where it sends no more.
    var watched = pollfd(fd: input, events: Int16(Self.hangUp), revents: 0)
    return poll(&watched, 1, 0) > 0 && watched.revents & Int16(POLLHUP | Self.hangUp) != 0
  }

  /// Takes what is left on the side input, for the last words of a worker that died.
  package func drainSideInput() {
    while isSideOpen, readSideInput() {}
  }

  private func read(
    _ count: Int, until limit: Limit?, atFrameStart: Bool
  ) throws(WireError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      // Memory follows what really arrives: a lying header must not reserve a gigabyte.
      let wanted = min(count - bytes.count, Self.largestRead)
      let earlier = bytes.count
      var failure: WireError?
      let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, received in
        do throws(WireError) {
          while received < wanted {
            received += try readSome(
              into: UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: buffer[received..<wanted])),
              after: earlier + received, of: count, until: limit, atFrameStart: atFrameStart)
          }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      if earlier == 0 { bytes = piece } else { bytes += piece }
    }
    return bytes
  }

  /// Reads what has arrived, or waits and returns 0.
  ///
  /// - Parameter received: bytes of the part of a frame that came before, of `count`.
  private func readSome(
    into buffer: UnsafeMutableRawBufferPointer, after received: Int, of count: Int,
    until limit: Limit?, atFrameStart: Bool
  ) throws(WireError) -> Int {
    let more = Glibc.read(input, buffer.baseAddress, buffer.count)
    if more > 0 { return more }
    if more == 0 || errno == ECONNRESET {
      guard received == 0, atFrameStart else {
        throw .truncated(expected: count, received: received)
      }
      throw .closed
    }
    if errno == EAGAIN {
      do {
        try wait(for: input, events: Int16(POLLIN), until: limit)
      } catch .timedOut(let seconds) where received > 0 || !atFrameStart {
        throw .unfinished(seconds: seconds)
      }
    } else if errno != EINTR {
      throw .system(operation: "reading from the pipe", code: errno)
    }
    return 0
  }

  /// The end of a wait.
  private struct Limit {
    let seconds: Double
    let end: ContinuousClock.Instant

    init(_ seconds: Double) {
      self.seconds = seconds
      end = ContinuousClock.now + .seconds(seconds)
    }

    /// In whole milliseconds, rounded up; nil when there are none.
    var millisecondsLeft: Int32? {
      let left = (end - ContinuousClock.now) / .milliseconds(1)
      return left > 0 ? Int32(min(left.rounded(.up), 1e9)) : nil
    }
  }

  private func wait(
    for descriptor: Int32, events: Int16, until limit: Limit?
  ) throws(WireError) {
    while true {
      var watched = [pollfd(fd: descriptor, events: events, revents: 0)]
      if let sideInput, isSideOpen {
        watched.append(pollfd(fd: sideInput, events: Int16(POLLIN), revents: 0))
      }
      var milliseconds: Int32 = -1
      if let limit {
        guard let left = limit.millisecondsLeft else { throw .timedOut(seconds: limit.seconds) }
        milliseconds = left
      }
      if let isGivenUp {
        if isGivenUp() { throw .givenUp }
        milliseconds = milliseconds < 0 ? Self.longestSlice : min(milliseconds, Self.longestSlice)
      }
      let ready = poll(&watched, UInt(watched.count), milliseconds)
      guard ready >= 0 || errno == EINTR else {
        throw .system(operation: "waiting for the pipe", code: errno)
      }
      if watched.count > 1, watched[1].revents != 0 { _ = readSideInput() }
      if watched[0].revents != 0 { return }
    }
  }

  /// Returns whether anything was read.
  private func readSideInput() -> Bool {
    guard let sideInput else { return false }
    let count = Glibc.read(sideInput, &sideBuffer, sideBuffer.count)
    if count == 0 { isSideOpen = false }
    guard count > 0 else { return false }
    sideBuffer.withUnsafeBytes { onSideInput(.init(rebasing: $0[..<count])) }
    return true
  }
}
