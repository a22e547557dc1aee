import Foundation

/// The runs below a folder.
package enum RunList {
  package struct Entry: Codable, Equatable, Sendable {
    package var path: String
    package var name: String
    package var start: Date
    package var state: String
    package var rounds: Int
    package var accuracyTop1: Double?
  }

  /// Every run folder below `root`, oldest first; folders that are no runs are passed over.
  package static func runs(below root: String) throws -> [Entry] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw ExperimentError(
        .missingInput, "\(root): there is no such folder; runs are made by `fedsim run`.")
    }
    var entries: [Entry] = []
    let found = FileManager.default.enumerator(atPath: root)
    while let file = found?.nextObject() as? String {
      guard file.hasSuffix("manifest.json"), !file.contains(RunFolder.partialMark) else { continue }
      let folder = "\(root)/\(file)".replacingOccurrences(of: "/manifest.json", with: "")
      // Copies that a registry keeps of models are no runs.
      let registry = URL(fileURLWithPath: folder).appendingPathComponent("../../registry.sqlite")
      guard !FileManager.default.fileExists(atPath: registry.standardizedFileURL.path),
        let manifest = try? Manifest.read(from: folder)
      else { continue }
      entries.append(
        Entry(
          path: folder, name: manifest.name, start: manifest.start,
          state: state(of: manifest, in: folder),
          rounds: rounds(in: folder) ?? manifest.roundsFinished,
          accuracyTop1: accuracy(in: folder)))
    }
    return entries.sorted { ($0.start, $0.path) < ($1.start, $1.path) }
  }

  /// A run that says it is running and whose folder nobody holds was killed.
  private static func state(of manifest: Manifest, in folder: String) -> String {
    guard manifest.exitReason == .running else { return manifest.exitReason.rawValue }
    return RunFolder.isHeld(folder) ? "running" : "killed"
  }

  /// Finished rounds: the rows of rounds.csv after its header; a lifecycle has no such file.
  private static func rounds(in folder: String) -> Int? {
    guard let data = try? FileSystem.read("\(folder)/rounds.csv") else { return nil }
    return max(0, data.count { $0 == UInt8(ascii: "\n") } - 1)
  }

  private static func accuracy(in folder: String) -> Double? {
    guard let data = try? FileSystem.read(Summary.path(in: folder)),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let future = object["future"] as? [String: [String: Any]]
    else { return nil }
    return future["federated"]?["accuracy_top1"] as? Double
  }
}
