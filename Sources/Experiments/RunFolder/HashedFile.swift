import Crypto
import Foundation

/// A value as a SHA-256 and then a binary property list, in one file that is either whole or wrong.
package enum HashedFile {
  package static func write(_ value: some Encodable, to path: String) throws {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let data = try encoder.encode(value)
    try FileSystem.writeAtomically(
      SHA256.hash(data: data).withUnsafeBytes { Data($0) } + data, to: path)
  }

  /// Nil when the file is damaged; throws when there is none.
  package static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value?
  {
    let file = try FileSystem.read(path)
    let data = Data(file.dropFirst(SHA256.byteCount))
    guard file.count > SHA256.byteCount,
      SHA256.hash(data: data).elementsEqual(file.prefix(SHA256.byteCount))
    else { return nil }
    return try? PropertyListDecoder().decode(type, from: data)
  }
}
