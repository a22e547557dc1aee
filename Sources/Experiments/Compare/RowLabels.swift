import RunResults
import Tables

/// What sets a row apart and where it comes from.
struct RowIdentity {
  /// In the order of the keys in which the rows differ.
  var settings: [String]
  /// Folders.
  var runs: [String]
}

extension SeedGroup {
  func identity(keyPaths: [String]) -> RowIdentity {
    let given = Dictionary(
      uniqueKeysWithValues: (runs.first?.settings ?? []).map { ($0.keyPath, $0.value) })
    return RowIdentity(settings: keyPaths.map { given[$0] ?? "" }, runs: runs.map(\.folder))
  }
}

/// What the rows of a comparison are called.
struct RowLabels {
  private let keyPaths: [String]
  private let names: [String]
  /// Sweeps of several folders may have variants of one name.
  private let isOfSeveral: Bool
  /// The variant of a sweep that a run folder belongs to.
  private var variants: [String: String] = [:]

  /// - Parameters:
  ///   - folders: of runs or of sweeps.
  ///   - keyPaths: in which the rows differ.
  init(_ folders: [String], keyPaths: [String]) throws {
    self.keyPaths = keyPaths
    isOfSeveral = folders.count > 1
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
  func areVariants(_ rows: [RowIdentity]) -> Bool {
    named(rows).allSatisfy { $0 != nil }
  }

  private func named(_ rows: [RowIdentity]) -> [String?] {
    rows.map { row in
      let names = Set(row.runs.map { variants[$0] })
      return names.count == 1 ? names.first.flatMap(\.self) : nil
    }
  }

  /// What the name of each row begins with: its variant, or among variants of other folders the name of
  /// its experiment; nil where the rows have no such names.
  private func bases(_ rows: [RowIdentity]) -> [String]? {
    let named = named(rows)
    guard isOfSeveral, named.contains(where: { $0 != nil }) else {
      let all = named.compactMap(\.self)
      return all.count == rows.count ? all : nil
    }
    let place = keyPaths.firstIndex(of: "name")
    return zip(named, rows).map { name, row in
      name ?? place.map { row.settings[$0] } ?? row.runs.first ?? ""
    }
  }

  /// The variant of each row, if all have one, and what it leaves open; or else what each row sets.
  ///
  /// Where several folders are compared, no more is said than tells rows of one variant apart.
  func labels(of rows: [RowIdentity]) -> [String] {
    let bases = bases(rows)
    let shown =
      bases.map {
        GroupNames.keys(
          beside: $0, keyPaths, values: rows.map { $0.settings.map { GroupNames.value($0) } },
          isShort: isOfSeveral)
      } ?? rows.map { _ in Array(keyPaths.indices) }
    let labels = rows.indices.map { index in
      let row = rows[index]
      let settings = shown[index].map { "\(names[$0]) = \(Self.text(row.settings[$0]))" }
      let label = ([bases?[index]].compactMap(\.self) + settings).joined(separator: "; ")
      return label.isEmpty ? row.runs.first ?? "" : label
    }
    return GroupNames.unique(labels)
  }

  /// The row that somebody names as the reference: by its label, its variant or the folder of a run.
  func index(of wanted: String, among rows: [RowIdentity]) throws -> Int {
    let (labels, named) = (labels(of: rows), named(rows))
    let names = rows.indices.map { [labels[$0], named[$0] ?? ""] + rows[$0].runs }
    guard let index = GroupNames.index(of: wanted, among: names) else {
      throw ExperimentError(.usage, GroupNames.unknown(wanted, among: labels))
    }
    return index
  }

  /// A value as people write it: `inf` and `8` where YAML has `.inf` and `8.0`, and `null` for nothing.
  private static func text(_ value: String) -> String {
    if value == ".inf" { return "inf" }
    if value.isEmpty { return "null" }
    return value.hasSuffix(".0") && Double(value) != nil ? String(value.dropLast(2)) : value
  }
}
