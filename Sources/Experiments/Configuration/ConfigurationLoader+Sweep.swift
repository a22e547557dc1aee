import Federation
import Tables
import Yams

/// One key that a point of a sweep changes, and where the sweep says so.
struct SweepSetting {
  var keyPath: String
  var value: Node
  var place: String
}

/// One way in which the points of a sweep differ; its steps are tried one after another.
struct SweepAxis {
  struct Step {
    /// Only of a variant.
    var name: String?
    var settings: [SweepSetting]
  }

  var steps: [Step]
}

/// The `sweep` group of an experiment file.
///
/// Every key path in it is an axis with a list of values, and all axes are crossed. `seed: 5` is
/// short for five seeds counted from the file's own. The lists under `paired` are one axis and
/// advance together; the named groups under `variants` are one axis too.
extension ConfigurationLoader {
  static let largestSweep = 10_000

  var hasSweep: Bool { user["sweep"].map { $0.tag != Tag(.null) } ?? false }

  // MARK: - Reading

  /// The axes, the first varying slowest.
  func sweepAxes() throws -> [SweepAxis] {
    guard let group = user["sweep"]?.mapping, !group.isEmpty else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place(of: "sweep")): has no sweep group; add what to vary, for instance "
          + "`sweep: {seed: 5}` for five seeds.")
    }
    let listed = group.filter {
      !Self.isOfTuning($0.key.string) && !Self.isOfRandomSearch($0.key.string)
    }
    let axes =
      try ([randomAxis()].compactMap(\.self))
      + listed.map { key, value in
        switch key.string {
        case "paired": try pairedAxis(value)
        case "variants": try variantAxis(value)
        default:
          SweepAxis(
            steps: try settings(key.string ?? "", value, below: "sweep").map {
              SweepAxis.Step(settings: [$0])
            })
        }
      }
    try refuseRepetition(in: axes)
    return axes
  }

  var tooManyPoints: ExperimentError {
    ExperimentError(
      .invalidConfiguration,
      "\(place(of: "sweep")): the sweep has more than \(Self.largestSweep) points; leave some values out."
    )
  }

  private func pairedAxis(_ node: Node) throws -> SweepAxis {
    let lists = try (node.mapping ?? [:]).map { key, value in
      try settings(key.string ?? "", value, below: "sweep.paired")
    }
    guard let first = lists.first, lists.count >= 2 else {
      throw wrong("sweep.paired", node, "needs at least two key paths with lists that go together")
    }
    if let other = lists.first(where: { $0.count != first.count }) {
      throw ExperimentError(
        .invalidConfiguration,
        "\(other[0].place): sweep.paired.\(other[0].keyPath) has \(other.count) values and "
          + "\(first[0].keyPath) has \(first.count); paired lists have equal lengths.")
    }
    return SweepAxis(
      steps: first.indices.map { index in SweepAxis.Step(settings: lists.map { $0[index] }) })
  }

  private func variantAxis(_ node: Node) throws -> SweepAxis {
    guard let variants = node.mapping, !variants.isEmpty else {
      throw wrong(
        "sweep.variants", node,
        "is a group of named variants, such as {plain: {}, clipped: {privacy.clipping_bound: 1}}")
    }
    return SweepAxis(
      steps: try variants.map { key, value in
        let name = key.string ?? ""
        guard let changes = value.mapping, !name.isEmpty else {
          throw wrong("sweep.variants.\(name)", value, "is a group of key paths and values")
        }
        guard PrintableText.line(name) == name else {
          throw wrong(
            "sweep.variants.\(PrintableText.line(name))", value,
            "has control characters or invisible ones in its name; take letters, digits and marks")
        }
        let names = changes.compactMap { key, value in
          key.string.flatMap { key in value.string.map { (key, $0) } }
        }
        return SweepAxis.Step(
          name: name,
          settings: try changes.map { key, value in
            try setting(
              key.string ?? "", value, below: "sweep.variants.\(name)",
              beside: Dictionary(names) { _, last in last })
          })
      })
  }

  /// A whole number written as everywhere else.
  private func seedCount(_ node: Node) throws -> Int {
    guard let key = Configuration.key("training.rounds") else {
      preconditionFailure("training.rounds is a key")
    }
    switch ScalarReader(key: key).read(node) {
    case .value(let value):
      if let count = value.int { return count }
    case .wrong(_, let advice):
      throw wrong(
        "sweep.seed", node,
        "must be a list of seeds or their number, not '\(node.string ?? "")'\(advice)")
    case .missing: break
    }
    throw wrong("sweep.seed", node, "must be a list of seeds, such as [1, 2], or their number")
  }

  /// The values that one line of a sweep gives its key path.
  private func settings(
    _ keyPath: String, _ node: Node, below group: String
  ) throws -> [SweepSetting] {
    // Before each of them is read, which takes time.
    guard (node.sequence?.count ?? 0) <= Self.largestSweep else { throw tooManyPoints }
    let values: [Node]
    if let list = node.sequence {
      values = Array(list)
    } else if keyPath == "seed", node.scalar != nil {
      values = try seeds(seedCount(node), node)
    } else {
      throw wrong("\(group).\(keyPath)", node, "must be a list of values, such as [1, 2]")
    }
    guard !values.isEmpty else { throw wrong("\(group).\(keyPath)", node, "is an empty list") }
    var seen = Set<String>()
    return try values.map { value in
      let setting = try setting(keyPath, value, below: group, of: node)
      guard seen.insert(setting.value.string ?? "").inserted else {
        throw wrong("\(group).\(keyPath)", node, "gives '\(value.string ?? "")' twice")
      }
      return setting
    }
  }

  private func seeds(_ count: Int, _ node: Node) throws -> [Node] {
    let first = Self.node(at: "seed", in: user)?.string ?? "1"
    guard let first = UInt64(first), (1...Self.largestSweep).contains(count),
      first <= UInt64.max - UInt64(count)
    else {
      throw wrong(
        "sweep.seed", node,
        "must be a list of seeds, or how many (1…\(Self.largestSweep)) to count from the file's seed"
      )
    }
    return (0..<UInt64(count)).map { Node("\(first + $0)", Tag(.int)) }
  }

  func setting(
    _ keyPath: String, _ value: Node, below group: String, of list: Node? = nil,
    beside names: [String: String] = [:]
  ) throws -> SweepSetting {
    let place = sweepPlace("\(group).\(keyPath)", list ?? value)
    var known = try ConfigurationVariant.everything()
    var path: [String] = []
    for key in keyPath.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
      path.append(key)
      guard let next = known[key] else {
        throw unknownKey(
          path, among: known.mapping?.keys.compactMap(\.string) ?? [], place: place, setting: names)
      }
      known = next
    }
    if let keys = known.mapping?.keys.compactMap(\.string) {
      throw ExperimentError(
        .invalidConfiguration,
        "\(place): \(group).\(keyPath) is a group of keys (\(keys.joined(separator: ", "))); vary "
          + "one of them, or name whole groups as variants.")
    }
    guard value.scalar != nil else {
      throw ExperimentError(
        .invalidConfiguration, "\(place): \(group).\(keyPath) holds a list or group as one value.")
    }
    // A wrong value stays as it is: its point says what is wrong with it.
    if let key = Configuration.key(keyPath),
      case .value(let value) = ScalarReader(key: key).read(value)
    {
      return SweepSetting(keyPath: keyPath, value: value, place: place)
    }
    return SweepSetting(keyPath: keyPath, value: value, place: place)
  }

  /// Two axes, or the command line and an axis, cannot both decide about one key.
  private func refuseRepetition(in axes: [SweepAxis]) throws {
    var taken = Set<String>()
    for axis in axes {
      let settings = axis.steps.flatMap(\.settings)
      for setting in settings {
        guard !taken.contains(setting.keyPath) else {
          throw ExperimentError(
            .invalidConfiguration,
            "\(setting.place): the sweep varies \(setting.keyPath) twice; remove one of them.")
        }
        if let typed = override(of: setting.keyPath) {
          throw ExperimentError(
            .invalidConfiguration,
            "\(typed.place): the sweep varies \(setting.keyPath) (\(setting.place)); write --set "
              + "sweep.\(setting.keyPath)=[…], or --set sweep=null to run without the sweep.")
        }
      }
      taken.formUnion(settings.map(\.keyPath))
    }
  }

  func wrong(_ keyPath: String, _ node: Node, _ problem: String) -> ExperimentError {
    ExperimentError(
      .invalidConfiguration, "\(sweepPlace(keyPath, node)): \(keyPath) \(problem).")
  }

  private func sweepPlace(_ keyPath: String, _ node: Node) -> String {
    if let typed = override(of: keyPath) { return typed.place }
    return sources.place(of: node.mark ?? node.sequence?.first?.mark)
  }
}
