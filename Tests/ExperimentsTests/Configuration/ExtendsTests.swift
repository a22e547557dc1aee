import Experiments
import Federation
import Foundation
import Testing

/// An experiment file takes over what others say.
struct ExtendsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ files: [String: String]) throws {
    for (name, text) in files {
      let path = "\(folder.path)/\(name)"
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: path))
    }
  }

  private func load(_ name: String, _ overrides: [String] = []) throws -> Configuration {
    try ConfigurationLoader.load(path: "\(folder.path)/\(name)", overrides: overrides)
  }

  private func message(_ name: String, _ overrides: [String] = []) -> String {
    do {
      _ = try load(name, overrides)
      return "no error"
    } catch {
      return "\(error)".replacing("\(folder.path)/", with: "")
    }
  }

  @Test func keysAreMergedOneByOneThroughSeveralLevels() throws {
    try write([
      "base.yaml": "name: base\ntraining: {rounds: 7, local: {epochs: 3, batch_size: 8}}\n",
      "middle.yaml": "extends: base.yaml\ntraining: {local: {epochs: 2}}\nseed: 5\n",
      "top.yaml": "# Why?\nextends: middle.yaml\nname: top\ntraining.cohort_size: 1\n",
      "leaf.yaml": "extends: [middle.yaml]\nname: leaf\ntraining: {cohort_size: 12}\n",
    ])
    let leaf = try load("leaf.yaml", ["training.local.batch_size=4"])
    #expect(leaf.name == "leaf" && leaf.seed == 5)
    #expect(leaf.training.rounds == 7 && leaf.training.cohortSize == 12)
    #expect(leaf.training.local.epochs == 2 && leaf.training.local.batchSize == 4)
    // As if one file said it all, and the resolved text stands on its own.
    try write([
      "one.yaml": """
      name: leaf
      seed: 5
      training: {rounds: 7, cohort_size: 12, local: {epochs: 2, batch_size: 4}}

      """
    ])
    #expect(try load("one.yaml") == leaf)
    let text = try ConfigurationTree.text(of: leaf)
    #expect(!text.contains("extends"))
    #expect(message("top.yaml").hasPrefix("top.yaml: unknown key 'training.cohort_size'"))
  }

  @Test func ofSeveralFilesTheLaterWin() throws {
    try write([
      "a.yaml": "training: {rounds: 2, cohort_size: 3}\n",
      "b.yaml": "training: {rounds: 4}\n",
      "c.yaml": "extends: [a.yaml, b.yaml]\nname: c\n",
    ])
    let configuration = try load("c.yaml")
    #expect(configuration.training.rounds == 4 && configuration.training.cohortSize == 3)
    let files = try ConfigurationLoader.extendedFiles(path: "\(folder.path)/c.yaml")
    #expect(files.map(\.path) == ["\(folder.path)/a.yaml", "\(folder.path)/b.yaml"])
    // `printf 'training: {rounds: 4}\n' | sha256sum`
    #expect(
      files[1].sha256 == "01ab401ed6a0e9800cce01a70459a2fefe6d597cc1c08c1b136abb3aefbeeea5")
  }

  @Test func mistakesNameTheFileAndLineTheyAreIn() throws {
    try write([
      "parts/base.yaml": "name: base\n\n\ntraining:\n  rounds: many\n",
      "a.yaml": "extends: parts/base.yaml\nseed: 1\n",
      "b.yaml": "extends: parts/base.yaml\nseed: 1\ntraining:\n  round: 3\n  rounds: 2\n",
      "parts/broken.yaml": "name: base\ntraining: [\n",
      "c.yaml": "seed: 1\nextends: parts/broken.yaml\n",
      "d.yaml": "seed: 1\nextends: parts/none.yaml\n",
      "e.yaml": "extends: {a: b}\n",
      "parts/list.yaml": "- a\n",
      "f.yaml": "extends: parts/list.yaml\n",
      "parts/grid.yaml": "name: g\nsweep:\n  seed: [1, 2]\n  training.round: [3, 4]\n",
      "parts/empty.yaml": "# nothing\n",
      "h.yaml": "extends: parts/empty.yaml\n",
    ])
    #expect(
      message("a.yaml").hasPrefix("parts/base.yaml:5: training.rounds must be a whole number"))
    #expect(message("b.yaml").hasPrefix("b.yaml:4: unknown key 'training.round'"))
    #expect(message("c.yaml").hasPrefix("parts/broken.yaml:"))
    #expect(message("d.yaml").hasPrefix("d.yaml:2: extends parts/none.yaml, which does not exist"))
    #expect(message("e.yaml").hasPrefix("e.yaml:1: extends must be the path"))
    #expect(message("f.yaml").hasPrefix("parts/list.yaml:1: "))
    #expect(message("h.yaml").hasPrefix("parts/empty.yaml: is empty"))
    #expect(message("a.yaml", ["extends=x.yaml"]).hasPrefix("--set extends=x.yaml: only a file"))
    try write(["g.yaml": "\n\nextends: parts/grid.yaml\nseed: 3\n"])
    let error = #expect(throws: ExperimentError.self) {
      try Sweep.load(path: "\(folder.path)/g.yaml")
    }
    #expect(error?.message.contains("parts/grid.yaml:4: unknown key 'training.round'") == true)
  }

  @Test func circlesAreRefused() throws {
    try write([
      "a.yaml": "extends: b.yaml\n", "b.yaml": "extends: ./sub/../c.yaml\n",
      "c.yaml": "extends: [a.yaml]\n", "self.yaml": "name: me\nextends: self.yaml\n",
      "sub/x.yaml": "seed: 1\n",
    ])
    #expect(message("a.yaml").contains("extend each other in a circle"))
    #expect(message("self.yaml").hasPrefix("self.yaml:2: these files extend each other"))
    // Two ways to one file are no circle.
    try write([
      "d.yaml": "extends: [e.yaml, f.yaml]\n", "e.yaml": "extends: g.yaml\n",
      "f.yaml": "extends: g.yaml\nname: f\n", "g.yaml": "seed: 9\n",
    ])
    #expect(try load("d.yaml").seed == 9 && load("d.yaml").name == "f")
    let many = (0..<40).map { "m\($0).yaml" }
    for (index, name) in many.enumerated() {
      try write([name: index + 1 < many.count ? "extends: \(many[index + 1])\n" : "seed: 1\n"])
    }
    #expect(message("m0.yaml").contains("at most 16 files"))
  }

  /// Another variant has nothing of the base's; what both have stays.
  @Test func anotherVariantDropsTheKeysOfTheOld() throws {
    try write([
      "base.yaml": """
      attack: {kind: sign_flip, scale: 3, share: 0.2}
      algorithm: {name: fedprox, mu: 0.1}
      aggregator: {name: trimmed_mean, share: 0.3}

      """,
      "a.yaml": "extends: base.yaml\nattack: {kind: gaussian}\naggregator: {name: krum}\n",
      "b.yaml": "extends: base.yaml\nattack: null\nalgorithm: {name: fedavg}\naggregator: null\n",
      "c.yaml": "extends: base.yaml\nattack: {kind: gaussian, scale: 2}\n",
      "d.yaml": "extends: base.yaml\nalgorithm: {mu: 0.5}\n",
    ])
    let a = try load("a.yaml")
    #expect(a.attack.name == "gaussian" && a.attack.shared.share == 0.2)
    #expect(a.aggregator.name == "krum" && (a.aggregator.value as? Krum)?.share == 0.3)
    #expect(a.algorithm.name == "fedprox")
    let b = try load("b.yaml")
    #expect(b.attack == AttackConfiguration() && b.algorithm == AlgorithmConfiguration())
    #expect(b.aggregator == AggregatorConfiguration())
    #expect(message("c.yaml").hasPrefix("c.yaml:2: attack.scale is a key of"))
    #expect(try load("d.yaml").algorithm.name == "fedprox")
  }

  /// Who inherits a key could not remove it; who writes it down is told.
  @Test func inheritedKeysWithoutEffectAreLeftOut() throws {
    try write([
      "base.yaml": """
      model: {kind: lstm_ranker, hidden: 64, embedding: 8}
      training: {sampling: poisson, capacity: 150, local: {epochs: 4}}
      privacy: {mechanism: gaussian, clipping_bound: 1, noise_multiplier: 2}

      """,
      "a.yaml": """
      extends: base.yaml
      model: {kind: logistic}
      training: {sampling: fixed_size, local: {steps: 3}}
      privacy: {mechanism: none}

      """,
      "b.yaml": "extends: base.yaml\nmodel: {kind: logistic, hidden: 48}\n",
    ])
    let a = try load("a.yaml")
    #expect(a.model.kind == .logistic && a.model.hidden == Configuration().model.hidden)
    #expect(a.training.capacity.value == nil && a.training.local.epochs == 1)
    #expect(a.privacy.noiseMultiplier.value == nil && a.privacy.clippingBound.value == 1)
    // The resolved file is accepted as it is.
    try write(["again.yaml": try ConfigurationTree.text(of: a)])
    #expect(try load("again.yaml") == a)
    #expect(message("b.yaml").hasPrefix("b.yaml:2: model.hidden has no effect"))
    #expect(try load("base.yaml", ["training.cohort_size=20"]).model.hidden == 64)
    try write(["c.yaml": "extends: base.yaml\n"])
    let typed = try load("c.yaml", ["model.kind=logistic"])
    #expect(typed.model.kind == .logistic && typed.privacy.noiseMultiplier.value == 2)
  }

  @Test func pathsAreMeantFromTheFileTheyStandIn() throws {
    try write([
      "parts/log.yaml":
        "population: {source: file, path: data/log.sqlite, vocabulary_file: apps.txt}\n",
      "a.yaml": "extends: parts/log.yaml\npopulation: {vocabulary_file: own.txt}\n",
      "parts/grid.yaml": "sweep: {population.path: [x.sqlite, y.sqlite]}\n",
      "b.yaml": "extends: [parts/log.yaml, parts/grid.yaml]\n",
    ])
    let a = try load("a.yaml").population
    #expect(a.path.value?.hasSuffix("/parts/data/log.sqlite") == true)
    #expect(a.vocabularyFile.value?.hasSuffix("/own.txt") == true)
    #expect(a.vocabularyFile.value?.contains("parts") == false)
    let sweep = try Sweep.load(path: "\(folder.path)/b.yaml")
    #expect(
      sweep.points.map { $0.configuration.population.path.value?.contains("/parts/") } == [
        true, true,
      ])
  }

  @Test func aSweepMayBeShared() throws {
    try write([
      "methods.yaml": """
      sweep:
        variants:
          plain: {}
          prox: {algorithm: {name: fedprox, mu: 0.1}}
          dyn: {algorithm.name: feddyn}
        seed: 2

      """,
      "a.yaml": """
      extends: methods.yaml
      name: a
      sweep:
        seed: 3
        variants: {prox: {algorithm: {name: fedprox, mu: 0.5}}, dyn: null}
        training: {cohort_size: [10, 20]}

      """,
      "b.yaml": "extends: a.yaml\nsweep: {seed: null, variants: null}\n",
      "c.yaml": "extends: a.yaml\nsweep: null\n",
      "d.yaml": "extends: methods.yaml\nsweep: {variants: {prox: {training.rounds: 3}}}\n",
    ])
    let a = try Sweep.load(path: "\(folder.path)/a.yaml")
    #expect(a.points.count == 2 * 3 * 2)
    #expect(a.columns.first == "variant" && a.columns.last == "training.cohort_size")
    #expect(a.points.last?.label.hasPrefix("variant=prox") == true)
    #expect(a.points.last?.configuration.algorithm.name == "fedprox")
    let b = try Sweep.load(path: "\(folder.path)/b.yaml")
    #expect(b.columns == ["training.cohort_size"] && b.points.count == 2)
    #expect(try load("c.yaml").name == "a")
    // A variant replaces that of its name whole.
    let d = try Sweep.load(path: "\(folder.path)/d.yaml")
    let prox = d.points.first { $0.label.hasPrefix("variant=prox") }
    #expect(prox?.configuration.algorithm.name == "fedavg")
    #expect(prox?.configuration.training.rounds == 3)
    // The folder of the sweep holds a file that stands on its own.
    let out = "\(folder.path)/out"
    _ = try SweepFolder.enter(out, for: a)
    let written = try Sweep.load(path: "\(out)/sweep.yaml")
    #expect(written.points.map(\.configuration) == a.points.map(\.configuration))
  }
}
