import CZlib
import Glibc

/// The bytes of a log file or of standard input, unpacked when they are gzip and converted to UTF-8 when
/// they have another encoding.
///
/// Owns the file descriptor and zlib's state. `whenInterrupted` is asked whenever a signal ends a
/// wait for input; reading goes on unless it throws.
final class LogInput {
  let name: String
  /// The first bytes, which were looked at and are still to be read.
  private var head: [UInt8] = []
  private var headPosition = 0
  private var converter: TextConverter?
  private let descriptor: Int32
  private let whenInterrupted: () throws -> Void
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  /// Part of `chunk` that has been read from the file and not yet handed on.
  private var pending: Range<Int>
  private var inflater: UnsafeMutablePointer<z_stream>?

  /// - Parameter encoding: the encoding of the text, as `iconv` names it; nil for UTF-8.
  init(
    _ source: ImportSource, encoding: String? = nil,
    whenInterrupted: @escaping () throws -> Void
  ) throws {
    name = source.name
    self.whenInterrupted = whenInterrupted
    switch source {
    case .standardInput: descriptor = STDIN_FILENO
    case .file(let path):
      // Opening a named pipe waits for its writer.
      descriptor = try repeating(whenInterrupted) { open(path, O_RDONLY | O_CLOEXEC) }
    }
    pending = 0..<0
    guard descriptor >= 0 else {
      if errno == ENOENT {
        throw UsageLogError(.missingFile, "\(name) does not exist; check the path")
      }
      throw Self.readError(name)
    }
    while pending.count < 2, try fillChunk(from: pending.upperBound) {}
    guard !pending.isEmpty else {
      throw UsageLogError(.badInput, "\(name) is empty; a log starts with a header row")
    }
    if pending.count >= 2, chunk[0] == 0x1f, chunk[1] == 0x8b { try startInflating() }
    if let encoding { converter = try TextConverter(from: encoding, name: name) }
  }

  /// Bytes in memory, and no file behind them.
  init(_ bytes: [UInt8], name: String) {
    self.name = name
    whenInterrupted = {}
    descriptor = -1
    pending = 0..<0
    head = bytes
  }

  deinit {
    if let inflater {
      inflateEnd(inflater)
      inflater.deallocate()
    }
    chunk.deallocate()
    if descriptor > STDIN_FILENO { close(descriptor) }
  }

  /// The first bytes, at most `count`, which `read` still gives afterwards; call before `read`.
  func peek(_ count: Int) throws -> [UInt8] {
    head = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let more = try readConverted(
          into: UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: buffer[filled...])))
        if more == 0 { return }
        filled += more
      }
    }
    return head
  }

  /// Fills part of the buffer with what comes next and returns how many bytes; 0 is the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if headPosition < head.count {
      let count = min(head.count - headPosition, buffer.count)
      buffer.copyBytes(from: head[headPosition..<(headPosition + count)])
      headPosition += count
      if headPosition == head.count { (head, headPosition) = ([], 0) }
      return count
    }
    return try readConverted(into: buffer)
  }

  private func readConverted(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let converter else { return try readUnpacked(into: buffer) }
    return try converter.read(into: buffer, from: readUnpacked)
  }

  private func readUnpacked(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard descriptor >= 0 else { return 0 }
    guard inflater == nil else { return try inflateNext(into: buffer) }
    if pending.isEmpty, try !fillChunk(from: 0) { return 0 }
    let count = min(pending.count, buffer.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: chunk[pending.prefix(count)]))
    pending.removeFirst(count)
    return count
  }

  /// Reads more of the file to `offset` of the chunk; false at its end.
  private func fillChunk(from offset: Int) throws -> Bool {
    let target = UnsafeMutableRawBufferPointer(rebasing: chunk[offset...])
    let count = try repeating(whenInterrupted) {
      Glibc.read(descriptor, target.baseAddress, target.count)
    }
    guard count >= 0 else { throw Self.readError(name) }
    pending = (offset == 0 ? 0 : pending.lowerBound)..<(offset + count)
    return count > 0
  }

  private func startInflating() throws(UsageLogError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let gzipOnly: Int32 = 16 + MAX_WBITS
    guard
      inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      stream.deallocate()
      throw UsageLogError(.inputOutput, "\(name) cannot be unpacked: zlib did not start")
    }
    inflater = stream
  }

  private func inflateNext(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let inflater else { return 0 }
    inflater.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    inflater.pointee.avail_out = UInt32(buffer.count)
    while Int(inflater.pointee.avail_out) == buffer.count {
      if pending.isEmpty, try !fillChunk(from: 0) {
        // A member that has ended leaves zlib freshly reset, with nothing read.
        if inflater.pointee.total_in == 0 { break }
        throw UsageLogError(
          .badInput, "\(name) is a gzip file that was cut short; fetch or copy it again")
      }
      if inflater.pointee.total_in == 0, chunk[pending.lowerBound] != 0x1f {
        // Like gzip itself, ignore padding after the last member.
        pending = 0..<0
        while try fillChunk(from: 0) {}
        break
      }
      let input = UnsafeMutableRawBufferPointer(rebasing: chunk[pending])
      inflater.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
      inflater.pointee.avail_in = UInt32(input.count)
      let status = inflate(inflater, Z_NO_FLUSH)
      pending.removeFirst(input.count - Int(inflater.pointee.avail_in))
      switch status {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: inflateReset(inflater)
      default:
        throw UsageLogError(
          .badInput, "\(name) is a damaged gzip file; check it with `gzip -t`")
      }
    }
    return buffer.count - Int(inflater.pointee.avail_out)
  }

  private static func readError(_ name: String) -> UsageLogError {
    guard errno != EISDIR else {
      return UsageLogError(.badInput, "\(name) is a folder; name the file in it that holds the log")
    }
    return UsageLogError(
      .inputOutput, "\(name) cannot be read: \(String(cString: strerror(errno)))")
  }
}

/// Repeats a system call for as long as a signal cuts it short and `whenInterrupted` returns.
private func repeating<Count: FixedWidthInteger>(
  _ whenInterrupted: () throws -> Void, _ call: () -> Count
) throws -> Count {
  while true {
    let result = call()
    guard result < 0, errno == EINTR else { return result }
    try whenInterrupted()
  }
}

extension LogInput {
  /// Moves what is left in a buffer to its front, and reads behind it until the buffer is full.
  ///
  /// - Parameter isAtEnd: whether the input has ended; then nothing is read.
  /// - Returns: how many bytes the buffer holds.
  func refill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, keeping left: Range<Int>, isAtEnd: inout Bool
  ) throws -> Int {
    if left.lowerBound > 0, !left.isEmpty, let base = buffer.baseAddress {
      memmove(base, base + left.lowerBound, left.count)
    }
    var filled = left.count
    while filled < buffer.count, !isAtEnd {
      let count = try read(
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: buffer[filled...])))
      filled += count
      isAtEnd = count == 0
    }
    return filled
  }
}
