import Foundation

/// SHA256SUMS of a folder, as `sha256sum -c SHA256SUMS` reads it.
package struct ChecksumList: Equatable, Sendable {
  package static let name = "SHA256SUMS"

  /// Hexadecimal SHA-256 by the name of the file in the folder.
  package var sums: [String: String]

  package init(_ sums: [String: String]) { self.sums = sums }

  /// By name, so that the same files give the same bytes.
  package var text: String {
    sums.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined()
  }

  package static func path(in folder: String) -> String { "\(folder)/\(name)" }

  /// Nil when the folder has none.
  package static func read(from folder: String) throws(StorageError) -> ChecksumList? {
    let path = path(in: folder)
    guard let data = try Digest.contents(of: path, limit: StorageLimit.text) else { return nil }
    // Nothing writes an empty list: it was cut.
    guard let list = ChecksumList(String(decoding: data, as: UTF8.self)), !list.sums.isEmpty,
      Data(list.text.utf8) == data
    else {
      throw StorageError(
        .damaged,
        "\(path): is damaged, so the files beside it cannot be checked; restore it from a copy, or let "
          + "`fedsim resume \(folder)` check the rest and write it again.")
    }
    return list
  }

  /// Nil for any other text.
  private init?(_ text: String) {
    sums = [:]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let (digest, name) = (line.prefix(64), line.dropFirst(66))
      guard digest.count == 64, digest.allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
        !name.isEmpty,
        line.dropFirst(64).hasPrefix("  "),
        sums.updateValue(String(digest), forKey: String(name)) == nil
      else { return nil }
    }
  }

  /// Writes the list unless the folder has exactly this one; says what was wrong with the one there.
  @discardableResult
  package func writeIfOther(to folder: String) throws(StorageError) -> FileState {
    let state = try FileState.of(Self.path(in: folder), expected: Digest.of(Data(text.utf8)))
    if state != .asWritten { try write(to: folder) }
    return state
  }

  package func write(to folder: String) throws(StorageError) {
    try AtomicFile.write(
      Data(text.utf8), to: Self.path(in: folder), mode: AtomicFile.ownMode)
  }
}
