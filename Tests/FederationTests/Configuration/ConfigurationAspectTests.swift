import Federation
import Foundation
import Testing

/// The table of what each key decides.
struct ConfigurationAspectTests {
  /// A new key is named in the table before anything is shared, compared or told apart by it.
  @Test func theTableNamesEveryKeyAndNoOther() {
    for key in Configuration.keys {
      #expect(key.decides?.isEmpty == false, "\(key.path) is missing in ConfigurationAspect.swift")
    }
    let paths = Set(Configuration.keys.map(\.path))
    let groups = Set(Configuration.variantGroups.map { "\($0.path).*" })
    for name in ConfigurationKey.pathsInTable {
      #expect(paths.contains(name) || groups.contains(name), "\(name) is no key")
    }
  }

  /// Configurations that differ in one key, for every key: each with that key.
  static func changed() throws -> [(key: ConfigurationKey, Configuration, Configuration)] {
    try Configuration.keys.compactMap { key in
      var base = Configuration()
      base.population.drift.day = Setting(9)
      base.population.drift.preset = Setting(base.population.preset)
      base.population.arrivals.share = 0.25
      for group in Configuration.variantGroups where group.path == key.group {
        if let variant = key.variants.first { group.choose(variant.name, in: &base) }
      }
      guard let other = key.otherValue(than: key.value(base)) else { return nil }
      return (key, base, try base.setting(key, to: other))
    }
  }

  /// Configurations that differ in a key agree in what it does not decide, and in nothing else.
  @Test func textsDifferInWhatAKeyDecides() throws {
    let all = try Self.changed()
    // Names of variants change more than one key.
    let words = Set(Configuration.variantGroups.map(\.nameKey))
    #expect(Set(Configuration.keys.map(\.path)).subtracting(all.map(\.key.path)) == words)
    for (key, base, changed) in all {
      #expect(key.value(base) != key.value(changed), "\(key.path)")
      for aspect in ConfigurationAspect.allCases {
        let isDecided = key.decides?.contains(aspect) == true
        #expect(
          (base.text(deciding: [aspect]) != changed.text(deciding: [aspect])) == isDecided,
          "\(key.path), \(aspect)")
      }
    }
  }

  /// What is put into words by hand follows the table too: what simulated clients do.
  @Test func waysOfSimulatedClientsAreTheirHistories() throws {
    func words(_ configuration: Configuration) -> [String] {
      configuration.population.ways
        + ["\(configuration.population.days)", "\(configuration.populationSeed)"]
    }
    for (key, base, changed) in try Self.changed() {
      #expect((words(base) != words(changed)) == key.decides([.histories]), "\(key.path)")
    }
  }

  /// How long reports are, and so what noise costs.
  @Test func whateverChangesTheLengthOfReportsDecidesPrivacy() throws {
    for algorithm in AlgorithmConfiguration.all {
      for (key, base, changed) in try Self.changed() where key.variants.isEmpty {
        var (base, changed) = (base, changed)
        base.algorithm = AlgorithmConfiguration(algorithm.init())
        changed.algorithm = base.algorithm
        base.model.kind = .softmax
        if key.path != "model.kind" { changed.model.kind = .softmax }
        guard base.reportLength != changed.reportLength else { continue }
        #expect(key.decides([.privacy]), "\(algorithm.name): \(key.path)")
      }
    }
  }

  @Test func onlyHowItIsWatchedChangesNoResult() {
    let operational = Configuration.keys.filter(\.isOperational).map(\.path)
    #expect(
      Set(operational) == [
        "checkpoint.every", "workers.deadline_seconds", "workers.max_failures",
        "workers.seal_frames", "workers.launcher", "workers.command", "workers.listen",
        "workers.dial_back", "workers.relay",
      ])
  }
}

extension ConfigurationKey {
  /// Some other value that the key may have; nil for one that decides which keys there are.
  func otherValue(than value: Value) -> Value? {
    let candidates: [Value] =
      switch kind {
      case .integer(let range): [range.lowerBound, range.lowerBound + 1].map { .integer($0) }
      case .oneOf(let values): values.map { .integer($0) }
      case .seed: [.unsigned(7), .unsigned(8)]
      case .number: [0.25, 0.5, 1.5, 0.125].map { .number($0) }.filter { kind.admits($0) }
      case .flag: [.flag(true), .flag(false)]
      case .text: [.text("2026-01-05"), .text("b")]
      case .command: [.text("ssh -T node0 fedsim worker"), .text("b")]
      case .choice(let words):
        Configuration.variantGroups.contains { $0.nameKey == path }
          ? [] : words.reversed().map { .text($0) }
      }
    return candidates.first { $0 != value }
  }
}

extension Configuration {
  /// With another value of one key, as its own coding has it.
  func setting(_ key: ConfigurationKey, to value: ConfigurationKey.Value) throws -> Configuration {
    let tree = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self))
    let any: Any =
      switch value {
      case .none: NSNull()
      case .integer(let value): value
      case .unsigned(let value): value
      case .number(let value): value
      case .flag(let value): value
      case .text(let value): value
      }
    func set(_ names: ArraySlice<Substring>, in tree: Any) -> Any {
      guard let name = names.first else { return any }
      var group = tree as? [String: Any] ?? [:]
      let words = name.split(separator: "_")
      let own = words.dropFirst().reduce(String(words[0])) {
        $0 + $1.prefix(1).uppercased() + $1.dropFirst()
      }
      group[own] = set(names.dropFirst(), in: group[own] ?? NSNull())
      return group
    }
    let changed = set(key.path.split(separator: ".")[...], in: tree)
    return try JSONDecoder().decode(
      Configuration.self, from: JSONSerialization.data(withJSONObject: changed))
  }
}
