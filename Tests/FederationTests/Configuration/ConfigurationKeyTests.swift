import Federation
import Foundation
import Testing

/// The table of keys against the configuration that it describes.
struct ConfigurationKeyTests {
  /// Every value of a configuration by its key path, as its own encoder writes it.
  private static func values(of configuration: Configuration) throws -> [String: Any] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: ".inf", negativeInfinity: "-.inf", nan: ".nan")
    let object = try JSONSerialization.jsonObject(with: encoder.encode(configuration))
    return flattened(object, below: "")
  }

  private static func flattened(_ object: Any, below path: String) -> [String: Any] {
    guard let group = object as? [String: Any] else { return [path: object] }
    return group.reduce(into: [:]) { all, pair in
      let own = flattened(pair.value, below: path.isEmpty ? pair.key : "\(path).\(pair.key)")
      all.merge(own) { first, _ in first }
    }
  }

  @Test func theTableNamesEveryKeyAndNoOther() throws {
    var keys = Set<String>()
    for group in Configuration.variantGroups {
      for name in group.names {
        var configuration = Configuration()
        #expect(group.choose(name, in: &configuration) && group.name(in: configuration) == name)
        keys.formUnion(try Self.values(of: configuration).keys)
      }
    }
    let named = Configuration.keys.map(\.path)
    #expect(Set(named) == keys)
    #expect(named.count == keys.count, "a key has two rows")
  }

  @Test func everyGroupHasAMeaning() {
    var groups = Set<String>()
    for key in Configuration.keys {
      let parts = key.path.split(separator: ".")
      for depth in 1..<max(parts.count, 1) {
        groups.insert(parts[..<depth].joined(separator: "."))
      }
    }
    #expect(Set(ConfigurationGroup.meanings.map(\.path)) == groups)
  }

  @Test func everyRowReadsTheKeyThatItNames() throws {
    var configuration = ConfigurationTests.unusual
    configuration.population.seed = Setting(41)
    configuration.evaluation.seed = Setting(67)
    configuration.evaluation.largestClientWeight = Setting(66)
    configuration.population.drift.day = Setting(42)
    configuration.population.drift.share = 0.43
    configuration.population.drift.preset = Setting(.routine)
    configuration.population.arrivals.share = 0.44
    configuration.population.arrivals.days = 45
    configuration.population.sealKeyFile = Setting("key file")
    configuration.training.windowDays = Setting(46)
    configuration.training.ignoredWeight = 47
    configuration.secureAggregation.encoding.bits = Setting(48)
    configuration.faults.shuffledLabelRate = 0.49
    configuration.workers.sealFrames = true
    configuration.workers.launcher = .command
    configuration.workers.command = Setting("ssh node{index} fedsim worker --connect")
    configuration.workers.listen = Setting("10.0.0.5:7000")
    configuration.workers.dialBack = Setting(true)
    configuration.workers.relay = 71
    configuration.lifecycle.firstDay = 50
    configuration.lifecycle.retrainingDays = 51
    configuration.lifecycle.showAbove = 0.52
    configuration.lifecycle.offlineRate = 0.53
    configuration.lifecycle.offlineDays = 54
    configuration.lifecycle.ceilingClients = 55
    configuration.lifecycle.monitor.reference = .ceiling
    configuration.lifecycle.monitor.threshold = 0.56
    configuration.lifecycle.monitor.windowDays = 57
    configuration.lifecycle.monitor.cooldownDays = 58
    configuration.lifecycle.monitor.noiseMultiplier = Setting(59)
    configuration.lifecycle.rollout.rollbackErrorRate = 0.061
    configuration.lifecycle.rollout.promotionErrorRate = 0.062
    configuration.lifecycle.rollout.baselineDays = 63
    configuration.lifecycle.candidate.day = Setting(64)
    configuration.lifecycle.candidate.shuffledLabelRate = 0.65
    configuration.privacy.ledger = Setting("a ledger")
    configuration.privacy.ledgerPeople = Setting("people")
    configuration.privacy.ledgerBudget.epsilon = Setting(66.5)
    configuration.privacy.ledgerBudget.delta = Setting(0.67)
    configuration.privacy.ledgerBudget.composition = .renyi
    let values = try Self.values(of: configuration)
    for key in Configuration.keys where key.variants.isEmpty {
      let written = try #require(values[key.path])
      switch key.value(configuration) {
      case .none: #expect(written is NSNull, "\(key.path)")
      case .integer(let value): #expect(written as? Int == value, "\(key.path)")
      case .unsigned(let value): #expect(written as? UInt64 == value, "\(key.path)")
      case .number(let value):
        // The reader of JSON here misses some numbers by their last bit.
        let isNear = (written as? Double).map { abs($0 - value) <= 1e-15 * abs(value) }
        #expect(isNear == true || written as? String == ".inf", "\(key.path)")
      case .flag(let value): #expect(written as? Bool == value, "\(key.path)")
      case .text(let value): #expect(written as? String == value, "\(key.path)")
      }
    }
  }

  @Test func defaultsLieInTheirRanges() {
    for key in Configuration.keys {
      #expect(key.kind.admits(key.standard), "\(key.path)")
      #expect(key.isOptional || key.standard != .none, "\(key.path)")
      #expect(key.meaning.hasSuffix("."), "\(key.path)")
    }
  }

  @Test func noKeyTakesWhatIsNoNumber() {
    for key in Configuration.keys {
      guard case .number = key.kind else { continue }
      for value in [Double.nan, -Double.infinity, -1, -Double.leastNonzeroMagnitude] {
        #expect(!key.kind.admits(.number(value)), "\(key.path) takes \(value)")
      }
      #expect(
        key.kind.admits(.number(.infinity)) == (key.path == "privacy.target_epsilon"), "\(key.path)"
      )
    }
  }

  /// What no machine could hold or sum is refused, and what people really use is not.
  @Test func theRangesAreWideAndSafe() throws {
    let cases: [(WritableKeyPath<Configuration, Int>, refused: Int, taken: Int)] = [
      (\.training.rounds, 10_000_001, 1_000_000), (\.training.local.epochs, 1_001, 100),
      (\.checkpoint.every, .max, 1_000_000), (\.workers.maxFailures, .max, 1_000),
      (\.evaluation.testDays, 0, 27), (\.evaluation.testDays, -5, 1),
      (\.lifecycle.monitor.cooldownDays, .max, 365), (\.lifecycle.firstDay, .max, 360),
      (\.evaluation.clients, .max, 1_000_000), (\.population.arrivals.days, .max, 3_650),
      (\.secureAggregation.encoding.modulusBits, 3, 64),
    ]
    for (path, refused, taken) in cases {
      var configuration = Configuration()
      configuration[keyPath: path] = refused
      #expect(throws: SettingError.self) { try configuration.validate() }
      configuration[keyPath: path] = taken
      try configuration.validate()
    }
  }

  /// The source has no say in what a test period is.
  @Test(arguments: PopulationConfiguration.Source.allCases)
  func aTestPeriodHasADayWhateverTheSource(source: PopulationConfiguration.Source) {
    var configuration = Configuration()
    configuration.population.source = source
    configuration.population.path = Setting("log.sqlite")
    for days in [0, -5, .min] {
      configuration.evaluation.testDays = days
      let error = #expect(throws: SettingError.self) { try configuration.validate() }
      #expect(error?.keyPath == "evaluation.test_days")
    }
  }

  @Test func anEvaluationOfNobodyIsRefused() throws {
    let partition = ClientPartition(seed: 1, clients: 100, newClientShare: 0)
    var configuration = Configuration()
    configuration.evaluation.clients = 0
    configuration.evaluation.newClients = 50
    #expect {
      try configuration.requireEvaluatedClients(partition)
    } throws: { error in
      (error as? SettingError)?.problem.contains("would evaluate nobody") == true
    }
    configuration.evaluation.every = 0
    try configuration.requireEvaluatedClients(partition)
    configuration.evaluation.every = 1
    configuration.evaluation.clients = 1
    try configuration.requireEvaluatedClients(partition)
  }
}
