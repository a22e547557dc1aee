import Glibc
import Tables

/// Converts text of another encoding to UTF-8 while it is read, with `iconv`.
///
/// A class because it owns iconv's state and a buffer.
final class TextConverter {
  private let handle: iconv_t
  private let encoding: String
  private let name: String
  private let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  /// Bytes of `raw` that wait to be converted; they begin at its start.
  private var waiting = 0
  private var isAtEnd = false
  /// Line ends converted so far.
  private var lines = 0
  /// Converted bytes for which there was no room.
  private var spare: [UInt8] = []

  /// - Parameter encoding: a name that iconv knows, or a usual spelling of Latin-1 or Windows-1252.
  init(from encoding: String, name: String) throws(UsageLogError) {
    let known =
      switch encoding.lowercased() {
      case "latin1", "latin-1", "iso8859-1", "iso_8859-1": "ISO-8859-1"
      case "ansi", "cp1252", "windows1252", "windows-1252": "WINDOWS-1252"
      default: encoding
      }
    guard let handle = iconv_open("UTF-8", known), Int(bitPattern: handle) != -1 else {
      raw.deallocate()
      throw UsageLogError(
        .usage,
        "--encoding '\(PrintableText.excerpt(encoding))' is not known here; write latin1, windows-1252, "
          + "utf-16 or another name that `iconv -l` lists")
    }
    self.handle = handle
    self.encoding = known
    self.name = name
  }

  deinit {
    iconv_close(handle)
    raw.deallocate()
  }

  /// Fills part of the buffer with text in UTF-8 and returns how many bytes; 0 is the end.
  func read(
    into buffer: UnsafeMutableRawBufferPointer,
    from source: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    // iconv writes whole characters, for which there must be room.
    let fewest = 16
    if spare.isEmpty, buffer.count < fewest {
      spare = [UInt8](repeating: 0, count: fewest)
      let count = try spare.withUnsafeMutableBytes { try convert(into: $0, from: source) }
      spare.removeLast(fewest - count)
    }
    guard !spare.isEmpty else {
      return buffer.count < fewest ? 0 : try convert(into: buffer, from: source)
    }
    let count = min(spare.count, buffer.count)
    buffer.copyBytes(from: spare[..<count])
    spare.removeFirst(count)
    return count
  }

  private func convert(
    into buffer: UnsafeMutableRawBufferPointer,
    from source: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    while true {
      if !isAtEnd, waiting < raw.count / 2 {
        let count = try source(UnsafeMutableRawBufferPointer(rebasing: raw[waiting...]))
        waiting += count
        isAtEnd = count == 0
      }
      var input = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      var output = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      var (left, room) = (waiting, buffer.count)
      let result = iconv(handle, &input, &left, &output, &room)
      let problem = result == -1 ? errno : 0
      let written = buffer.count - room
      lines += buffer[..<written].count { $0 == UInt8(ascii: "\n") }
      let used = waiting - left
      if used > 0, left > 0, let base = raw.baseAddress { memmove(base, base + used, left) }
      waiting = left
      if problem == EILSEQ || (problem == EINVAL && isAtEnd && written == 0 && waiting > 0) {
        throw UsageLogError(
          .badInput,
          "\(name):\(lines + 1): the text is not \(PrintableText.line(encoding)); find out the "
            + "encoding of the file and give it with --encoding")
      }
      if written > 0 { return written }
      if isAtEnd, waiting == 0 { return 0 }
    }
  }
}
