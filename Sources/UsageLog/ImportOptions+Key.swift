import Glibc

extension ImportOptions {
  /// Reads a key for client ids from a file: 32 bytes, or 64 hexadecimal digits on one line.
  package static func key(fromFile path: String) throws(UsageLogError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw UsageLogError(
        errno == ENOENT ? .missingFile : .inputOutput,
        "the key file \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    bytes.removeLast(bytes.count - max(0, read(descriptor, &bytes, bytes.count)))
    if bytes.count == 32 { return bytes }
    let digits = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
    let pairs = stride(from: 0, to: digits.utf8.count - 1, by: 2).compactMap {
      UInt8(String(decoding: Array(digits.utf8)[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    guard digits.utf8.count == 64, pairs.count == 32 else {
      throw UsageLogError(
        .badInput,
        "the key file \(path) holds neither 32 bytes nor 64 hexadecimal digits; "
          + "make one with `openssl rand -hex 32`")
    }
    return pairs
  }
}
