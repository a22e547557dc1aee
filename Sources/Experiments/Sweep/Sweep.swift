import Tables
import Federation
import Foundation
import Privacy

/// An experiment file whose `sweep` group names several experiments.
package struct Sweep: Sendable {
  package let name: String
  /// What the points differ in: `variant` if there are named ones, then key paths.
  package let columns: [String]
  package let points: [SweepPoint]
  /// The sweep with every default filled in; a file of its own.
  let text: String
  /// What it asks: the comment at the head of its file.
  package let comment: String
  /// The files that its file extends.
  let extends: [ExtendedFile]
  /// How many trials were drawn; nil where every setting is tried once.
  package let randomStopping: RandomStopping?
  /// The settings that may be tried.
  let candidates: [Configuration]

  /// Reads every point and checks what can be known without its population.
  ///
  /// - Parameters:
  ///   - overrides: `key.path=value`, also `sweep.key.path=[…]`.
  ///   - watch: told how far the work is.
  package static func load(
    path: String, overrides: [String] = [], watch: SweepPreparation.Watch? = nil
  ) throws -> Sweep {
    let loader = try ConfigurationLoader(path: path, overrides: overrides)
    return try Sweep(loader, watch)
  }

  /// Whether the file, with these changes, is a sweep.
  package static func isSweep(path: String, overrides: [String]) throws -> Bool {
    try ConfigurationLoader(path: path, overrides: overrides).hasSweep
  }

  /// - Parameter only: the number of the single point to read, which is not the copy of an earlier one; nil
  ///   reads all.
  init(
    _ loader: ConfigurationLoader, _ watch: SweepPreparation.Watch? = nil, only: Int? = nil
  ) throws {
    let grid = try SweepGrid(loader)
    let count = grid.count
    randomStopping = try loader.randomStopping()
    var folders: [String: String] = [:]
    var points: [SweepPoint] = []
    // What is drawn at random is drawn from all.
    let single = randomStopping == nil ? only : nil
    for number in single.map({ $0...$0 }) ?? 1...count {
      watch?(SweepPreparation(task: .reading, done: number - 1, of: count))
      var point = try grid.point(number, loader)
      let key = Self.resultKey(of: point.configuration)
      let folder = folders[key] ?? point.run
      folders[key] = folder
      point.run = folder
      points.append(point)
    }
    candidates = points.map(\.configuration)
    if let randomStopping {
      columns = [Self.trialColumn] + grid.columns
      points = try Self.trials(of: points, randomStopping, grid.keyPaths, loader)
      if let only { points = points.filter { $0.number == only } }
    } else {
      columns = grid.columns
    }
    self.points = points
    name = points[0].configuration.name
    text = try loader.sweepText()
    comment = try headComment(ofFile: loader.path)
    extends = loader.sources.extended
  }

  /// One point for every run folder, in order.
  package var runs: [SweepPoint] {
    var seen = Set<String>()
    return points.filter { seen.insert($0.run).inserted }
  }

  /// Equal for configurations whose results are equal whatever else they say.
  private static func resultKey(of configuration: Configuration) -> String {
    configuration.text(decidingMoreThan: [.label, .operation])
  }

  // MARK: - Folder names

  static func padded(_ number: Int, count: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: "\(count)".count - digits.count) + digits
  }

  /// The label in characters that no shell minds, with the last part of each key path.
  static func folderName(_ label: String) -> String {
    let parts = label.split(separator: ", ").map { part -> String in
      let sides = part.split(separator: "=", maxSplits: 1)
      let key = sides[0].split(separator: ".").last.map(String.init) ?? ""
      let value = sides.count > 1 ? String(sides[1]) : ""
      return key == "variant" ? value : "\(key)-\(value)"
    }
    let name = parts.joined(separator: "-").map { character in
      character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
        ? character : "-"
    }
    return String(name.prefix(60))
  }
}
