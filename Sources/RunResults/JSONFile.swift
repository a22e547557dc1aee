import Foundation
import Storage

/// A value of a JSON file; numbers as the text says, to the last bit.
package enum JSONValue: Decodable, Sendable {
  case object([String: JSONValue])
  case number(Double)
  case text(String)
  case texts([String])
  /// Null, and what no file of a run has.
  case other

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let object = try? container.decode([String: JSONValue].self) {
      self = .object(object)
    } else if let texts = try? container.decode([String].self) {
      self = .texts(texts)
    } else {
      self = .other
    }
  }
}

package enum JSONFile {
  /// The object in a file; nil when there is no such file.
  package static func object(_ name: String, in folder: RecordedFolder) throws -> [String:
    JSONValue]?
  {
    guard let data = try folder.data(name) else { return nil }
    do {
      return try JSONDecoder().decode([String: JSONValue].self, from: data)
    } catch {
      throw damaged(name, in: folder)
    }
  }

  static func damaged(_ name: String, in folder: RecordedFolder) -> StorageError {
    StorageError(
      .damaged, "\(folder.path)/\(name): is damaged; restore it or run the experiment again.")
  }
}
