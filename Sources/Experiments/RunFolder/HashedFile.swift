import Foundation
import Storage

/// A value as a SHA-256 and then a binary property list, in one file that is either whole or wrong.
package enum HashedFile {
  package static func write(_ value: some Encodable, to path: String) throws {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    try FileSystem.writeAtomically(HashedBytes.wrap(try encoder.encode(value)), to: path)
  }

  /// Nil when the file is damaged; throws when there is none.
  package static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value?
  {
    let data = try FileSystem.explaining { () throws(StorageError) in try HashedBytes.read(path) }
    guard let data else { return nil }
    return try? PropertyListDecoder().decode(type, from: data)
  }
}
