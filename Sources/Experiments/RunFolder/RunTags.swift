import Foundation
import Storage

/// Words that a person gives to runs and sweeps to find them again, one a line in `tags.txt`.
///
/// No result depends on them: they may come and go after a run, and no checksum covers them.
package enum RunTags {
  package static let name = "tags.txt"

  /// In the order in which they were given; none where there is no such file.
  package static func read(from folder: String) throws -> [String] {
    let path = "\(folder)/\(name)"
    guard try FileKind.of(path) == .file else { return [] }
    var tags: [String] = []
    for line in String(decoding: try FileSystem.read(path), as: UTF8.self).split(separator: "\n") {
      let tag = line.trimmingCharacters(in: .whitespaces)
      if !tag.isEmpty, !tags.contains(tag) { tags.append(tag) }
    }
    return tags
  }

  /// Gives a run or a sweep these tags beside those it has, and takes others away.
  package static func change(
    in folder: String, adding added: [String], removing removed: [String]
  ) throws -> [String] {
    let isRun = try FileKind.exists("\(folder)/\(RunFolder.configName)")
    guard try isRun || SweepFolder.isSweep(folder) else {
      throw ExperimentError(
        .missingInput,
        "\(folder): is neither the folder of a run nor of a sweep; see `fedsim list`.")
    }
    var tags = try read(from: folder)
    for tag in added where !tags.contains(tag) { tags.append(tag) }
    tags.removeAll(where: removed.contains)
    let text = tags.map { $0 + "\n" }.joined()
    try FileSystem.writeAtomically(Data(text.utf8), to: "\(folder)/\(name)")
    return tags
  }

  /// Why a word cannot be a tag; nil for one that can.
  package static func problem(with tag: String) -> String? {
    let isPlain = tag.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0)
    }
    return !tag.isEmpty && tag.count <= 40 && isPlain
      ? nil : "a tag is a word of at most 40 letters, digits, '-', '_' and '.'"
  }
}
