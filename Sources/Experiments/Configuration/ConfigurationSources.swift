import Tables
import Yams

/// An experiment file that another one extends, as it was read.
package struct ExtendedFile: Codable, Equatable, Sendable {
  package var path: String
  /// Hexadecimal.
  package var sha256: String
}

/// The files that an experiment was read from: the one that was named, then those that it extends.
///
/// A node knows its line but not its file, so lines are counted on from one file to the next.
struct ConfigurationSources {
  private var files: [(path: String, firstLine: Int)] = []
  private var lines = 0
  /// All but the one that was named.
  private(set) var extended: [ExtendedFile] = []

  /// Adds a file; returns how many lines the files before it have.
  mutating func add(_ path: String, _ text: String) -> Int {
    let before = lines
    files.append((path, before + 1))
    // One more, where a file that ends too early is found wrong.
    lines += text.utf8.count { $0 == UInt8(ascii: "\n") } + 2
    return before
  }

  mutating func note(_ file: ExtendedFile) { extended.append(file) }

  /// Whether a node is from a file that is extended.
  func isInherited(_ mark: Mark?) -> Bool {
    mark.map { files.count > 1 && $0.line >= files[1].firstLine } ?? false
  }

  /// File and line of a node, for messages; of one that is from no file the named one.
  func place(of mark: Mark?) -> String {
    guard let mark, let file = files.last(where: { $0.firstLine <= mark.line }) else {
      return PrintableText.excerpt(files.first?.path ?? "", longest: 4_096)
    }
    return "\(PrintableText.excerpt(file.path, longest: 4_096)):\(mark.line - file.firstLine + 1)"
  }
}
