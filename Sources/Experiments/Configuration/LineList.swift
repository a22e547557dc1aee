import Foundation
import Storage

/// Text files with one name a line.
package enum LineList {
  private static let largestFile = 64 << 20

  /// The names, in order; lines of spaces alone count for nothing.
  ///
  /// - Parameter thing: what a line names, for messages.
  package static func read(_ path: String, of thing: String) throws -> [String] {
    func wrong(_ problem: String) -> ExperimentError {
      ExperimentError(.badData, "\(path)\(problem).")
    }
    let found = try FileSystem.explaining { () throws(StorageError) in
      try Digest.contents(of: path, limit: largestFile)
    }
    guard let found else {
      throw ExperimentError(
        .missingInput, "\(path): does not exist; write it with one \(thing) a line.")
    }
    guard let text = String(validating: found, as: UTF8.self) else {
      throw wrong(": is no list in UTF-8 with one \(thing) a line")
    }
    var names: [String] = []
    var lines: [String: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated() where !line.allSatisfy(\.isWhitespace)
    {
      let name = String(line)
      if let first = lines.updateValue(index + 1, forKey: name) {
        throw wrong(
          ":\(index + 1): names '\(name.prefix(60))' a second time (first on line \(first)); remove one "
            + "of the two")
      }
      names.append(name)
    }
    guard !names.isEmpty else { throw wrong(": is empty; write one \(thing) a line") }
    return names
  }
}
