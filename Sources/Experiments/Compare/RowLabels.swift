import RunResults
import Tables

/// What the rows of a comparison are called.
struct RowLabels {
  private let keyPaths: [String]
  private let names: [String]
  /// The variant of a sweep that a run folder belongs to.
  private var variants: [String: String] = [:]

  /// - Parameters:
  ///   - folders: of runs or of sweeps.
  ///   - keyPaths: in which the rows differ.
  init(_ folders: [String], keyPaths: [String]) throws {
    self.keyPaths = keyPaths
    let last = keyPaths.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    names = zip(keyPaths, last).map { path, name in
      last.count { $0 == name } > 1 ? path : name
    }
    for folder in folders {
      let folder = try RunFolder.normalized(folder)
      guard try SweepFolder.isSweep(folder) else { continue }
      let sweep = try SweepFolder.sweep(in: folder)
      guard let column = sweep.columns.firstIndex(of: "variant") else { continue }
      for point in sweep.points {
        if case .text(let name) = point.cells[column] { variants["\(folder)/\(point.run)"] = name }
      }
    }
  }

  /// Whether the rows are variants of a sweep.
  func areVariants(_ rows: [Comparison.Row]) -> Bool {
    named(rows).allSatisfy { $0 != nil }
  }

  private func named(_ rows: [Comparison.Row]) -> [String?] {
    rows.map { row in
      let names = Set(row.runs.map { variants[$0] })
      return names.count == 1 ? names.first.flatMap(\.self) : nil
    }
  }

  /// The variant of each row, if all have one, and what it does not decide; or else what each row sets.
  func labels(of rows: [Comparison.Row]) -> [String] {
    let named = named(rows)
    let isNamed = named.allSatisfy { $0 != nil }
    let shown = keyPaths.indices.filter { index in
      guard isNamed else { return true }
      let values = Dictionary(grouping: zip(named, rows), by: \.0).values
      return !values.allSatisfy { rows in Set(rows.map { $0.1.settings[index] }).count == 1 }
    }
    let labels = zip(named, rows).map { name, row in
      let settings = shown.map { "\(names[$0]) = \(Self.text(row.settings[$0]))" }
      return ((isNamed ? [name].compactMap(\.self) : []) + settings).joined(separator: "; ")
    }
    return zip(labels, rows).map { label, row in label.isEmpty ? row.runs.first ?? "" : label }
  }

  /// A value as people write it: `inf` and `8` where YAML has `.inf` and `8.0`.
  private static func text(_ value: String) -> String {
    if value == ".inf" { return "inf" }
    return value.hasSuffix(".0") && Double(value) != nil ? String(value.dropLast(2)) : value
  }
}
