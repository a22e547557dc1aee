import Crypto
import Foundation
import Glibc

/// Bytes behind their own SHA-256.
package enum HashedBytes {
  package static func wrap(_ data: Data) -> Data {
    SHA256.hash(data: data).withUnsafeBytes { Data($0) } + data
  }

  /// The bytes; nil when they are not those that were wrapped.
  package static func unwrap(_ file: Data) -> Data? {
    let data = Data(file.dropFirst(SHA256.byteCount))
    guard file.count > SHA256.byteCount,
      SHA256.hash(data: data).elementsEqual(file.prefix(SHA256.byteCount))
    else { return nil }
    return data
  }

  /// The bytes that a file holds; nil when they are not those that were wrapped, throws when there is
  /// no file.
  ///
  /// They are checked before they are loaded, so that only what was written takes memory.
  package static func read(_ path: String) throws(StorageError) -> Data? {
    let descriptor = try Digest.opened(path)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path) }
    guard status.st_size <= StorageLimit.table else { return nil }
    var written = [UInt8](repeating: 0, count: SHA256.byteCount)
    guard pread(descriptor, &written, written.count, 0) == written.count,
      try Digest.hash(descriptor, from: written.count, bytes: nil, path: path).finalize()
        .elementsEqual(written)
    else { return nil }
    return unwrap(try Digest.contents(descriptor, limit: .max, path: path))
  }
}
