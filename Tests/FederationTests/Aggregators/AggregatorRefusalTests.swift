import Federation
import Privacy
import Testing

/// Rules that cannot be applied are refused with the key that is in the way and the reason.
struct AggregatorRefusalTests {
  static func configuration(_ name: String) throws -> Configuration {
    var configuration = Configuration()
    configuration.aggregator = try #require(AggregatorConfiguration(named: name))
    return configuration
  }

  static func refuse(
    _ name: String, _ keyPath: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Configuration) -> Void
  ) throws {
    var configuration = try configuration(name)
    try configuration.validate()
    change(&configuration)
    let error = #expect(throws: SettingError.self, sourceLocation: sourceLocation) {
      try configuration.validate()
    }
    #expect(error?.keyPath == keyPath, sourceLocation: sourceLocation)
    #expect(
      error?.problem.contains(words) == true, "\(error?.problem ?? "")",
      sourceLocation: sourceLocation)
  }

  static var others: [String] {
    AggregatorConfiguration.all.map { $0.name }.filter { $0 != Mean.name }
  }

  @Test(arguments: others) func whatTakesTheMeaningFromARule(name: String) throws {
    try Self.refuse(name, "training.weighting", "its own weight") {
      $0.training.weighting = .examples
    }
    for algorithm in [Scaffold() as any Algorithm, FedDyn()] {
      try Self.refuse(name, "aggregator.name", "clients keep") {
        $0.algorithm = AlgorithmConfiguration(algorithm)
      }
    }
    for algorithm in [FedProx() as any Algorithm, FedNova(), MimeLite(), QFedAvg()] {
      var configuration = try Self.configuration(name)
      configuration.algorithm = AlgorithmConfiguration(algorithm)
      try configuration.validate()
    }
    try Self.refuse(name, "aggregator.bucket_size", "cohort_size") {
      $0.aggregator.shared.bucketSize = $0.training.cohortSize + 1
    }
  }

  @Test(arguments: others) func secureAggregationShowsSumsAlone(name: String) throws {
    var configuration = try Self.configuration(name)
    let isSum = configuration.aggregator.aggregator.needs == .sum
    #expect(isSum == ["norm_bound", "centered_clipping"].contains(name))
    // A few sums of the same clients, where they are masked.
    if name == "geometric_median" {
      var other = configuration
      other.secureAggregation.protocol = .secaggPlus
      try other.validate()
      #expect(other.aggregation == .repeated)
      #expect(other.repeatedSums == GeometricMedian().repeated)
      other.aggregator.shared.bucketSize = 2
      #expect(other.aggregation == .groups && other.repeatedSums == nil)
    }
    for change: (inout Configuration) -> Void in [
      { $0.secureAggregation.protocol = .secaggPlus },
      { $0.secureAggregation.encoding.clip = Setting(1) },
    ].dropFirst(name == "geometric_median" ? 1 : 0) {
      if isSum {
        var other = configuration
        change(&other)
        try other.validate()
        #expect(other.aggregation == .clients)
      } else {
        try Self.refuse(name, "aggregator.name", "only their sum", change)
      }
    }
    #expect(configuration.aggregation == .server)
    configuration.aggregator = AggregatorConfiguration()
    #expect(configuration.aggregation == .sum)
  }

  /// Sums of groups are what some rules compare instead, if they hide anything and can be agreed on.
  @Test func groupsHideTheirClients() throws {
    for name in Self.others {
      var configuration = try Self.configuration(name)
      configuration.secureAggregation.protocol = .secaggPlus
      configuration.secureAggregation.dropoutFraction = 0
      configuration.training.cohortSize = 40
      configuration.aggregator.shared.bucketSize = 8
      if ["median", "geometric_median"].contains(name) {
        try configuration.validate()
        #expect(configuration.aggregation == .groups)
        #expect(configuration.fewestReporting == 8)
        configuration.aggregator.shared.bucketSize = 1
        if name == "median" {
          #expect(throws: SettingError.self) { try configuration.validate() }
        } else {
          try configuration.validate()
        }
        // Twenty groups of two, but no group of one.
        configuration.aggregator.shared.bucketSize = 2
        configuration.training.cohortSize = 3
        let error = #expect(throws: SettingError.self) { try configuration.validate() }
        #expect(error?.keyPath == "aggregator.bucket_size")
      } else if name == "trimmed_mean" {
        let error = #expect(throws: SettingError.self) { try configuration.validate() }
        #expect(error?.keyPath == "aggregator.share")
        var trimmed = TrimmedMean()
        trimmed.share = 0.05
        configuration.aggregator.value = trimmed
        try configuration.validate()
      } else {
        let error = #expect(throws: SettingError.self) { try configuration.validate() }
        let isSum = configuration.aggregator.aggregator.needs == .sum
        #expect(error?.keyPath == (isSum ? "aggregator.bucket_size" : "aggregator.name"))
      }
    }
  }

  static func addNoise(_ configuration: inout Configuration, bound: Double) {
    configuration.privacy.mechanism = .gaussian
    configuration.privacy.clippingBound = Setting(bound)
    configuration.privacy.noiseMultiplier = Setting(1)
    configuration.privacy.delta = Setting(1e-5)
  }

  @Test(arguments: others) func noiseNeedsABound(name: String) throws {
    let isSum = ["norm_bound", "centered_clipping"].contains(name)
    var configuration = try Self.configuration(name)
    Self.addNoise(&configuration, bound: 1)
    if isSum {
      // Their standard bound is 1.
      try configuration.validate()
      #expect(RoundParameters(configuration).clippingBound == 1)
      let key = name == "norm_bound" ? "bound" : "radius"
      try Self.refuse(name, "aggregator.\(key)", "clipping_bound") { Self.addNoise(&$0, bound: 2) }
      try Self.refuse(name, "aggregator.\(key)", "clipping_bound") {
        Self.addNoise(&$0, bound: 1)
        $0.privacy.clipping = .adaptive
      }
      let reason = name == "norm_bound" ? "aggregator.name to mean" : "around the centre"
      try Self.refuse(name, "privacy.audit.canaries", reason) {
        Self.addNoise(&$0, bound: 1)
        $0.privacy.audit.canaries = 4
      }
    } else if configuration.rootClients == 0 {
      try Self.refuse(name, "aggregator.name", "no useful bound") {
        Self.addNoise(&$0, bound: 1)
      }
    }
    if name == "geometric_median" {
      for (kind, key, words) in [
        (PrivacyConfiguration.Mechanism.gaussian, "aggregator.name", "no useful bound"),
        (.skellam, "aggregator.name", "no useful bound"),
        (.localGaussian, "secure_aggregation.protocol", "private by itself"),
      ] {
        try Self.refuse(name, key, words) {
          Self.addNoise(&$0, bound: 1)
          $0.privacy.mechanism = kind
          $0.secureAggregation.protocol = .secaggPlus
        }
      }
    }
    guard configuration.rootClients == 0 else { return }
    // What is done to reports that are private by themselves costs nothing.
    configuration.privacy.mechanism = .localGaussian
    configuration.privacy.audit.canaries = 4
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(
      error?.keyPath == "privacy.audit.canaries" && error?.problem.contains("no mean") == true)
    configuration.privacy.audit.canaries = 0
    try configuration.validate()
    #expect(configuration.aggregation == .server)
  }

  /// Root clients report in every round, which no accountant knows of: of every mechanism and every rule
  /// that has some.
  @Test(arguments: [
    PrivacyConfiguration.Mechanism.gaussian, .tree, .banded, .blt, .discreteGaussian, .skellam,
    .localGaussian,
  ])
  func rootClientsAreInNoClaim(mechanism: PrivacyConfiguration.Mechanism) throws {
    let names = AggregatorConfiguration.all.filter { $0.init().rootClients > 0 }.map { $0.name }
    #expect(names.contains("fltrust"))
    for name in names {
      try Self.refuse(name, "aggregator.name", "train and report in every round") {
        Self.addNoise(&$0, bound: 1)
        $0.privacy.mechanism = mechanism
        if $0.privacy.isCorrelated {
          $0.training.sampling = .minSeparation
          $0.training.minSeparation = Setting(2)
        }
        if $0.distributedNoise != nil { $0.secureAggregation.encoding.bits = Setting(18) }
      }
    }
  }

  @Test func tooManyHostileClients() throws {
    try Self.refuse(
      "krum", "aggregator.share",
      "; lower aggregator.share or raise training.cohort_size"
    ) { configuration in
      var krum = Krum()
      krum.share = 0.49
      configuration.aggregator.value = krum
    }
    try Self.refuse(
      "multi_krum", "aggregator.share",
      "; lower aggregator.share, lower aggregator.bucket_size or raise training.cohort_size"
    ) {
      $0.aggregator.shared.bucketSize = 8
    }
    try Self.refuse("multi_krum", "aggregator.chosen", "at most") { configuration in
      var krum = MultiKrum()
      krum.chosen = Setting(configuration.training.cohortSize + 1)
      configuration.aggregator.value = krum
    }
    try Self.refuse(
      "trimmed_mean", "aggregator.share",
      "; lower aggregator.share, lower aggregator.bucket_size or raise training.cohort_size"
    ) {
      $0.aggregator.shared.bucketSize = 4
    }
    try Self.refuse("fltrust", "aggregator.root_clients", "held out") {
      $0.population.newClientShare = 0
    }
    // Eleven clients are held out, or as many as train at the server's.
    var trust = try Self.configuration("fltrust")
    trust.population.newClientShare = 0.1
    trust.population.clients = 110
    trust.training.cohortSize = 10
    try trust.validate()
    trust.population.clients = 100
    let error = #expect(throws: SettingError.self) { try trust.validate() }
    #expect(error?.keyPath == "aggregator.root_clients")
    #expect(error?.problem.contains("leaves none for evaluation.new_clients") == true)
    trust.evaluation.newClients = 0
    try trust.validate()
    try Self.refuse("centered_clipping", "aggregator.iterations", "secagg_plus") { configuration in
      var rule = CenteredClipping()
      rule.iterations = 2
      configuration.aggregator.value = rule
      configuration.secureAggregation.protocol = .secaggPlus
    }
  }
}
