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

  private init(
    _ loader: ConfigurationLoader, _ watch: SweepPreparation.Watch? = nil
  ) throws {
    let axes = try loader.sweepAxes()
    let count = axes.reduce(1) { count, axis in
      let (product, overflows) = count.multipliedReportingOverflow(by: axis.steps.count)
      return overflows ? .max : product
    }
    guard count <= ConfigurationLoader.largestSweep else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(loader.place(of: "sweep")): the sweep has more than "
          + "\(ConfigurationLoader.largestSweep) points; leave some values out.")
    }
    let keyPaths = Self.keyPaths(of: axes)
    let hasVariants = axes.contains { $0.steps.contains { $0.name != nil } }
    let axisColumns = (hasVariants ? ["variant"] : []) + keyPaths
    randomStopping = try loader.randomStopping()
    var folders: [String: String] = [:]
    var points: [SweepPoint] = []
    for steps in Self.crossed(axes) {
      let number = points.count + 1
      watch?(SweepPreparation(task: .reading, done: number - 1, of: count))
      let label = Self.label(of: steps)
      let settings = steps.flatMap(\.settings)
      let configuration: Configuration
      do {
        configuration = try loader.configuration(with: settings)
      } catch let error as ExperimentError {
        throw error.about("point \(number) (\(label))")
      }
      let key = Self.resultKey(of: configuration)
      let folder =
        folders[key] ?? "runs/\(Self.padded(number, count: count))-\(Self.folderName(label))"
      folders[key] = folder
      points.append(
        SweepPoint(
          number: number, label: label,
          cells: Self.cells(
            keyPaths, steps: steps, configuration, hasVariants: hasVariants),
          configuration: configuration, run: folder))
    }
    candidates = points.map(\.configuration)
    if let randomStopping {
      columns = [Self.trialColumn] + axisColumns
      points = try Self.trials(of: points, randomStopping, keyPaths, loader)
    } else {
      columns = axisColumns
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

  // MARK: - Points

  /// All combinations, the last axis varying fastest.
  private static func crossed(_ axes: [SweepAxis]) -> [[SweepAxis.Step]] {
    axes.reduce([[]]) { combinations, axis in
      combinations.flatMap { steps in axis.steps.map { steps + [$0] } }
    }
  }

  private static func keyPaths(of axes: [SweepAxis]) -> [String] {
    var seen = Set<String>()
    return axes.flatMap { $0.steps.flatMap(\.settings) }.map(\.keyPath)
      .filter { seen.insert($0).inserted }
  }

  private static func label(of steps: [SweepAxis.Step]) -> String {
    steps.flatMap { step in
      step.name.map { ["variant=\($0)"] }
        ?? step.settings.map { setting in
          let value = SweepPoint.cell(of: setting.value)
          return "\(setting.keyPath)=\(value == .empty ? "null" : value.quoted)"
        }
    }
    .joined(separator: ", ")
  }

  /// A value that the sweep gives, or else the one the configuration has anyway.
  private static func cells(
    _ keyPaths: [String], steps: [SweepAxis.Step], _ configuration: Configuration,
    hasVariants: Bool
  ) -> [CSVCell] {
    let settings = steps.flatMap(\.settings)
    let values = keyPaths.map { keyPath in
      settings.first { $0.keyPath == keyPath }.map { SweepPoint.cell(of: $0.value) }
        ?? Configuration.key(keyPath).map { SweepPoint.cell(of: $0.value(configuration)) } ?? .empty
    }
    let names = hasVariants ? [CSVCell.text(steps.compactMap(\.name).first ?? "")] : []
    return names + values
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
