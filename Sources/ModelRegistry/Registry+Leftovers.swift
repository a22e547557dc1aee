import Foundation
import GRDB
import Glibc
import Storage

/// What killed changes have left below `models`, and models that nobody has listed.
extension Registry {
  /// Removes what a killed `add` has left; refuses to go on where other models are not listed.
  ///
  /// Models that the database does not know belong to another state of it: it was cut, replaced by
  /// an older copy, or is another registry's. Within a change, so that nobody is just copying.
  func removeLeftovers(_ db: Database) throws {
    let leftovers = try leftovers(db)
    for name in leftovers.listed { unlink("\(models)/\(name)/\(Self.unregisteredMark)") }
    for name in leftovers.unlisted { removeOwn("\(models)/\(name)") }
  }

  /// Names below `models` that a killed change left.
  private struct Leftovers {
    /// Models that are registered and still have the mark of one that is not.
    var listed: Set<String>
    var unlisted: Set<String>
  }

  /// Throws when there are models that nobody knows.
  package func requireListedModels() throws(RegistryError) { _ = try look { try leftovers($0) } }

  private func leftovers(_ db: Database) throws -> Leftovers {
    let rows = try Row.fetchAll(db, sql: "SELECT model_hash, config_file_hash FROM version")
    let known = Set(
      try rows.map { row in
        let path = modelFolder(
          model: try row.decode(String.self, atIndex: 0),
          config: try row.decode(String.self, atIndex: 1))
        return URL(fileURLWithPath: path).lastPathComponent
      })
    let found = try Self.modelFolders(in: models)
    func mark(_ name: String) -> String { "\(models)/\(name)/\(Self.unregisteredMark)" }
    let marked = Set(try found.whole.filter { try Self.exists(mark($0)) })
    let unknown = found.whole.filter { !known.contains($0) && !marked.contains($0) }
    guard let first = unknown.min() else {
      return Leftovers(
        listed: marked.intersection(known), unlisted: marked.subtracting(known).union(found.partial)
      )
    }
    throw RegistryError(
      .badData,
      "\(path): does not list \(unknown.count) of the \(found.whole.count) models in \(models) "
        + "(\(first)\(unknown.count > 1 ? " and others" : "")), so it was cut, is an older copy or is "
        + "another registry's; put the right copy back, or move these models elsewhere to go on "
        + "without them.")
  }

  /// How many models lie in the folder of a registry, listed or not.
  static func storedModelCount(in folder: String) throws(RegistryError) -> Int {
    try modelFolders(in: "\(folder)/models").whole.count
  }

  /// Names that `copyFiles` makes; whatever else is there is somebody's own and of no concern.
  private static func modelFolders(
    in models: String
  ) throws(RegistryError) -> (whole: [String], partial: [String]) {
    let names = try explaining { () throws(StorageError) in
      try FolderContent.names(in: models) ?? []
    }
    func isName(_ name: Substring) -> Bool {
      name.utf8.count == nameLength
        && name.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
    return (
      names.filter { isName($0[...]) },
      names.filter { $0.hasSuffix(partialMark) && isName($0.dropLast(partialMark.count)) }
    )
  }

  /// Removes a folder that holds nothing but what `copyFiles` writes; false where it is left alone.
  @discardableResult
  func removeOwn(_ path: String) -> Bool {
    // A link would lead to files of somebody else.
    guard (try? FileKind.of(path, followingLinks: false)) == .folder,
      let names = try? FolderContent.names(in: path)
    else { return false }
    let own = Set(Self.required + Self.optional + [Self.unregisteredMark])
    guard names.allSatisfy({ own.contains($0) || Partial.isName($0) }) else { return false }
    // The mark last: what is left after a kill can still be told from a model.
    for name in names where name != Self.unregisteredMark { unlink("\(path)/\(name)") }
    unlink("\(path)/\(Self.unregisteredMark)")
    return rmdir(path) == 0
  }
}
