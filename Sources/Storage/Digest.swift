import Crypto
import Foundation
import Glibc

/// SHA-256 of files and bytes, as 64 hexadecimal digits.
package enum Digest {
  package static func of(_ data: some DataProtocol) -> String { text(SHA256.hash(data: data)) }

  package static func text(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Of a file, or of its first bytes; throws when there are fewer.
  package static func ofFile(_ path: String, bytes: Int? = nil) throws(StorageError) -> String {
    let descriptor = try opened(path)
    defer { close(descriptor) }
    return try text(hash(descriptor, bytes: bytes, path: path).finalize())
  }

  /// Of a file; nil when there is none.
  package static func ofFound(_ path: String) throws(StorageError) -> String? {
    do {
      return try ofFile(path)
    } catch {
      if error.kind == .missing { return nil }
      throw error
    }
  }

  /// Goes on from the first bytes of an open file, or from all of it.
  ///
  /// - Parameter start: where to begin.
  package static func hash(
    _ descriptor: Int32, from start: Int = 0, bytes: Int?, path: String
  ) throws(StorageError) -> SHA256 {
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var offset = start
    while offset < bytes ?? .max {
      let wanted = min(buffer.count, (bytes ?? .max) - offset)
      let count = buffer.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, wanted, offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path) }
      guard count > 0 else {
        guard bytes == nil else {
          throw StorageError(.damaged, "\(path): is shorter than it was; restore it from a copy.")
        }
        break
      }
      hash.update(data: buffer[..<count])
      offset += count
    }
    return hash
  }

  /// The bytes of a file; nil when there is none.
  ///
  /// - Parameter limit: what a file of its kind has at most; a larger one is damaged, and not read.
  package static func contents(of path: String, limit: Int) throws(StorageError) -> Data? {
    let descriptor: Int32
    do {
      descriptor = try opened(path)
    } catch {
      if error.kind == .missing { return nil }
      throw error
    }
    defer { close(descriptor) }
    return try contents(descriptor, limit: limit, path: path)
  }

  /// The bytes of an open file.
  static func contents(
    _ descriptor: Int32, limit: Int, path: String
  ) throws(StorageError) -> Data {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path) }
    var data = Data()
    // One byte more, to see the end.
    var buffer = [UInt8](repeating: 0, count: max(1, min(1 << 18, Int(status.st_size) + 1)))
    while data.count <= limit, status.st_size <= limit {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path) }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
    }
    throw StorageError(
      .damaged,
      "\(path): is larger than the \(limit) bytes that such a file may have; restore it from a copy."
    )
  }

  static func opened(_ path: String) throws(StorageError) -> Int32 {
    // A pipe of that name must not make us wait.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw StorageError(.missing, "\(path): is missing; restore it from a copy.")
      }
      throw .unreadable(path)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = StorageError.unreadable(path)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw StorageError(.damaged, "\(path): is no regular file; restore it from a copy.")
    }
    return descriptor
  }
}
