import Crypto
import Foundation

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
}
