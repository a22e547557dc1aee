import Glibc
import Sealing
import Storage

/// A file with one secret key of 32 bytes.
package enum KeyFile {
  /// The key in a file: 32 bytes, or 64 hexadecimal digits on one line.
  package static func read(_ path: String) throws(UsageLogError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      let reason = "the key file \(path) cannot be read: \(String(cString: strerror(code)))"
      guard code == ENOENT else { throw UsageLogError(.inputOutput, reason) }
      throw UsageLogError(
        .missingFile, "\(reason); give the file that `fedsim data key` wrote")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 128)
    // A pipe hands over its bytes in any number of parts.
    while bytes.count < 128 {
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 || errno != EISDIR else {
        throw UsageLogError(
          .badInput,
          "the key file \(path) is a folder; give the file that `fedsim data key` wrote")
      }
      guard count >= 0 else {
        throw UsageLogError(
          .inputOutput, "the key file \(path) cannot be read: \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += part.prefix(count)
    }
    if bytes.count == SealingKey.length { return bytes }
    let digits = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
    // Of two characters "+f" is a number as well.
    let isHexadecimal = digits.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    let pairs = stride(from: 0, to: isHexadecimal ? digits.utf8.count - 1 : 0, by: 2).compactMap {
      UInt8(String(decoding: Array(digits.utf8)[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    guard digits.utf8.count == 2 * SealingKey.length, pairs.count == SealingKey.length else {
      throw UsageLogError(
        .badInput,
        "the key file \(path) holds neither 32 bytes nor 64 hexadecimal digits; "
          + "make one with `fedsim data key`")
    }
    return pairs
  }

  /// A sentence about a key file that others than its owner may read or replace, to be shown once;
  /// nil when there is nothing to say, also when there is no such file.
  package static func permissionWarning(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_mode & 0o077 != 0 || ![0, geteuid()].contains(status.st_uid)
    else { return nil }
    guard status.st_mode & 0o077 != 0 else {
      return "The key file \(path) belongs to another user (id \(status.st_uid)), who may read it."
    }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    return
      "The key file \(path) is open to other users (mode 0\(mode)); close it with `chmod 600 \(path)`."
  }

  /// Makes a file that only its owner may read, with a fresh key.
  ///
  /// One that exists stays as it is: what was sealed with its key would be lost.
  package static func create(_ path: String) throws {
    let kind = try explaining { () throws(StorageError) in
      try FileKind.of(path, followingLinks: false)
    }
    guard kind == nil else {
      throw UsageLogError(
        .inputOutput,
        "\(path) exists, and what it sealed opens with no other key; "
          + "choose another name")
    }
    try withNewFile(path, overwrite: false, createsFolders: false) { partial in
      try SealingKey.randomBytes().withUnsafeBytes {
        try writeAll($0, to: partial.descriptor, name: path)
      }
    }
  }
}
