import Federation
import Foundation
import Storage
import Yams

/// Random search: `sweep.random` draws settings from ranges and lists.
///
/// Each draw follows from the seed of the file, its number and its key path, so the first twenty draws of fifty
/// are those of twenty, and a sweep can grow by more of them.
extension ConfigurationLoader {
  private static let random = "random"
  private static let advice =
    "must be a range such as {from: 0.001, to: 0.1, scale: log}, or a list of values"

  /// Whether a key of the sweep is of random search.
  static func isOfRandomSearch(_ key: String?) -> Bool {
    key == random || key?.hasPrefix("\(random).") == true
  }

  /// From what the values of one key path are drawn.
  private enum Source {
    case list([Node])
    case range(from: Double, to: Double, isLogarithmic: Bool, isWhole: Bool)
  }

  /// One step for every draw; nil without random search.
  func randomAxis() throws -> SweepAxis? {
    let group = user["sweep"]?.mapping?.filter { Self.isOfRandomSearch($0.key.string) } ?? []
    guard let first = group.first else { return nil }
    var count: Int?
    var lists: [(keyPath: String, node: Node)] = []
    var ranges: [(keyPath: String, fields: [String: Node], node: Node)] = []
    for (key, node) in group {
      let name = String((key.string ?? "").dropFirst(Self.random.count + 1))
      if name == "samples" {
        count = try self.count(node)
      } else if node.sequence != nil {
        lists.append((name, node))
      } else if let dot = name.lastIndex(of: "."),
        ["from", "to", "scale"].contains(name[name.index(after: dot)...])
      {
        let (path, field) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
        let index = ranges.firstIndex { $0.keyPath == path } ?? ranges.endIndex
        if index == ranges.endIndex { ranges.append((path, [:], node)) }
        ranges[index].fields[field] = node
      } else {
        throw wrong("sweep.\(key.string ?? "")", node, Self.advice)
      }
    }
    guard let count else {
      throw wrong(
        "sweep.random.samples", first.value, "is missing; give how many points to draw, such as 20")
    }
    let sources: [(keyPath: String, source: Source, node: Node)] =
      try lists.map { ($0.keyPath, try list($0.keyPath, $0.node), $0.node) }
      + ranges.map { ($0.keyPath, try range($0.keyPath, $0.fields, $0.node), $0.node) }
    guard !sources.isEmpty else {
      throw wrong(
        "sweep.random", first.value,
        "has nothing to draw; give a key path a range, such as "
          + "training.local.learning_rate: {from: 0.001, to: 0.1, scale: log}")
    }
    let seed = Self.node(at: "seed", in: user)?.string ?? "1"
    return SweepAxis(
      steps: try (1...count).map { number in
        SweepAxis.Step(
          settings: try sources.map { keyPath, source, node in
            let draw = Self.uniform("fedsim sweep random \(seed) \(number) \(keyPath)")
            return try setting(
              keyPath, Self.value(of: source, at: draw), below: "sweep.random", of: node)
          })
      })
  }

  // MARK: - Reading

  private func count(_ node: Node) throws -> Int {
    guard let count = node.string.flatMap({ Int($0) }), (1...Self.largestSweep).contains(count)
    else {
      throw wrong(
        "sweep.random.samples", node, "must be a whole number in 1…\(Self.largestSweep)")
    }
    return count
  }

  private func list(_ keyPath: String, _ node: Node) throws -> Source {
    guard let list = node.sequence, !list.isEmpty else {
      throw wrong("sweep.random.\(keyPath)", node, "is an empty list")
    }
    return .list(Array(list))
  }

  private func range(_ keyPath: String, _ fields: [String: Node], _ node: Node) throws -> Source {
    let path = "sweep.random.\(keyPath)"
    func number(_ field: String) throws -> Double {
      guard let text = fields[field]?.string, let value = Double(text), value.isFinite else {
        throw wrong(path, node, "has no number under `\(field)`; it \(Self.advice)")
      }
      return value
    }
    let (from, to) = (try number("from"), try number("to"))
    let scale = fields["scale"]?.string ?? "linear"
    guard ["linear", "log"].contains(scale) else {
      throw wrong("\(path).scale", fields["scale"] ?? node, "must be linear or log, not '\(scale)'")
    }
    guard from < to, scale == "linear" || from > 0 else {
      throw wrong(
        path, node, "must go from a smaller number to a larger one, with scale: log both above 0")
    }
    var isWhole = false
    if let key = Configuration.key(keyPath) {
      switch key.kind {
      case .number: break
      case .integer: isWhole = true
      case .oneOf, .seed, .flag, .text, .command, .choice:
        throw wrong(
          path, node, "is no key with a range of numbers; give a list of values to draw from")
      }
    }
    guard !isWhole || from == from.rounded() && to == to.rounded() else {
      throw wrong(path, node, "is a whole number, so its range must go from one to another")
    }
    return .range(from: from, to: to, isLogarithmic: scale == "log", isWhole: isWhole)
  }

  // MARK: - Drawing

  private static func value(of source: Source, at draw: Double) -> Node {
    switch source {
    case .list(let values): return values[min(values.count - 1, Int(draw * Double(values.count)))]
    case .range(let from, let to, let isLogarithmic, let isWhole):
      // Of whole numbers each end gets its full share.
      let (low, high) = isWhole ? (from - 0.5, to + 0.5) : (from, to)
      let drawn =
        isLogarithmic
        ? exp(log(low) + draw * (log(high) - log(low))) : low + draw * (high - low)
      guard !isWhole else { return Node("\(Int(min(to, max(from, drawn.rounded()))))") }
      // Four digits are plenty, and can be read and typed again.
      let short = Double(String(format: "%.4g", drawn)) ?? drawn
      return Node("\(min(to, max(from, short)))")
    }
  }

  /// A number in 0..<1 that follows from a text.
  private static func uniform(_ text: String) -> Double {
    Double(UInt64(Digest.of(Data(text.utf8)).prefix(13), radix: 16) ?? 0) * 0x1p-52
  }
}
