import Federation
import TestSupport
import Testing

/// Every algorithm with every mechanism, aggregator, method of personalisation and weighting: each runs two
/// rounds, by the code of a run but for its processes and masks, or is refused with the key that is in
/// the way.
struct CombinationTests {
  struct Way: CustomTestStringConvertible, Equatable, Sendable {
    var mechanism: PrivacyConfiguration.Mechanism
    var isMasked = false
    var hasSteps = false
    var bucketSize = 1

    var testDescription: String {
      "\(mechanism.rawValue)\(isMasked ? " secagg_plus" : "")\(hasSteps ? " steps" : "")"
        + (bucketSize > 1 ? " buckets" : "")
    }

    static let clear = Way(mechanism: .none)
    static let all: [Way] =
      [.none, .gaussian, .tree, .banded, .blt, .discreteGaussian, .skellam, .localGaussian]
      .map { Way(mechanism: $0) } + [
        Way(mechanism: .none, isMasked: true), Way(mechanism: .skellam, isMasked: true),
        Way(mechanism: .localGaussian, isMasked: true), Way(mechanism: .none, hasSteps: true),
        Way(mechanism: .none, bucketSize: 2), Way(mechanism: .none, isMasked: true, bucketSize: 2),
      ]
  }

  /// One of each.
  struct Parts: CustomStringConvertible {
    var algorithm: any Algorithm.Type = FedAvg.self
    var way = Way.clear
    var aggregator: any Aggregator.Type = Mean.self
    var method: (any Personalisation.Type)?
    var weighting = TrainingConfiguration.Weighting.uniform

    var description: String {
      [
        algorithm.name, way.testDescription, aggregator.name, method?.name ?? "none",
        weighting.rawValue,
      ].joined(separator: " + ")
    }

    /// All that there are of one way.
    static func all(_ way: Way) -> [Parts] {
      let methods = PersonalisationConfiguration.all.map(Optional.some) + [nil]
      return AlgorithmConfiguration.all.flatMap { algorithm in
        AggregatorConfiguration.all.flatMap { aggregator in
          methods.flatMap { method in
            TrainingConfiguration.Weighting.allCases.map { weighting in
              Parts(
                algorithm: algorithm, way: way, aggregator: aggregator, method: method,
                weighting: weighting)
            }
          }
        }
      }
    }

    /// Each two of the parts, with what is usual for the rest.
    var pairs: [Parts] {
      let changes: [(inout Parts) -> Void] = [
        { $0.algorithm = algorithm }, { $0.way = way }, { $0.aggregator = aggregator },
        { $0.method = method }, { $0.weighting = weighting },
      ]
      return changes.indices.flatMap { first in
        changes.indices.dropFirst(first + 1).map { second in
          var pair = Parts()
          changes[first](&pair)
          changes[second](&pair)
          return pair
        }
      }
    }

    /// How many of them are not what is usual.
    var unusual: Int {
      [
        algorithm != FedAvg.self, way != .clear, aggregator != Mean.self, method != nil,
        weighting != .uniform,
      ].count { $0 }
    }

    /// Whether the parts gave a key another value than the usual one.
    func isUnusual(_ path: String) -> Bool {
      switch path.split(separator: ".").first {
      case "algorithm": algorithm != FedAvg.self
      case "aggregator":
        path == "aggregator.bucket_size" ? way.bucketSize > 1 : aggregator != Mean.self
      case "personalisation": method != nil
      case "training": path.contains("weighting") ? weighting != .uniform : way.hasSteps
      case "privacy": way.mechanism != .none
      case "secure_aggregation":
        way.isMasked || [.discreteGaussian, .skellam].contains(way.mechanism)
      default: false
      }
    }

    var refusal: SettingError? {
      do {
        try CombinationTests.configuration(self).validate()
        return nil
      } catch {
        return error
      }
    }
  }

  static func configuration(_ algorithm: any Algorithm, _ way: Way) -> Configuration {
    var parts = Parts()
    parts.algorithm = type(of: algorithm)
    parts.way = way
    return configuration(parts)
  }

  static func configuration(_ parts: Parts) -> Configuration {
    let way = parts.way
    var configuration = Configuration()
    configuration.algorithm = AlgorithmConfiguration(parts.algorithm.init())
    configuration.aggregator = AggregatorConfiguration(aggregator(parts))
    configuration.aggregator.shared.bucketSize = parts.aggregator == Mean.self ? 1 : way.bucketSize
    configuration.personalisation = PersonalisationConfiguration(parts.method.map { $0.init() })
    configuration.population.clients = 40
    configuration.population.newClientShare = 0.25
    configuration.model.kind = .softmax
    configuration.model.vocabulary = 6
    configuration.model.sequenceLength = 1
    // Of the ten that are held out all may train at the server's.
    configuration.evaluation.newClients = 0
    configuration.training.rounds = 2
    configuration.training.cohortSize = 10
    configuration.training.maxExamples = 4
    configuration.training.weighting = parts.weighting
    if way.hasSteps { configuration.training.local.steps = Setting(3) }
    configuration.secureAggregation.dropoutFraction = 0
    if way.isMasked { configuration.secureAggregation.protocol = .secaggPlus }
    configuration.privacy.mechanism = way.mechanism
    guard way.mechanism != .none else { return configuration }
    configuration.privacy.clippingBound = Setting(bound)
    configuration.privacy.noiseMultiplier = Setting(0.5)
    configuration.privacy.delta = Setting(1e-3)
    if configuration.privacy.isCorrelated {
      configuration.training.sampling = .minSeparation
      configuration.training.minSeparation = Setting(2)
    }
    if configuration.distributedNoise != nil {
      configuration.secureAggregation.encoding.bits = Setting(18)
    }
    return configuration
  }

  private static let bound = 0.5

  /// Noise is made for the bound that the rule clips to.
  private static func aggregator(_ parts: Parts) -> any Aggregator {
    var rule = parts.aggregator.init()
    if parts.way.mechanism != .none {
      if var own = rule as? NormBound {
        own.bound = bound
        rule = own
      }
      if var own = rule as? CenteredClipping {
        own.radius = bound
        rule = own
      }
    }
    return rule
  }

  /// What the sentence of a refusal may be about: the groups of the parts that are put together.
  private static let groups: Set<String> = [
    "algorithm", "aggregator", "personalisation", "training", "training.local", "training.server",
    "privacy", "secure_aggregation",
  ]

  private static let paths = Configuration.keys.map(\.path)

  @Test(arguments: Way.all) func eachRunsOrIsRefused(way: Way) throws {
    var runs = 0
    var known: [String: Bool] = [:]
    func isRefused(_ pair: Parts) -> Bool {
      let name = pair.description
      let isRefused = known[name] ?? (pair.refusal != nil)
      known[name] = isRefused
      return isRefused
    }
    for (index, parts) in Parts.all(way).enumerated() {
      let refusal = parts.refusal
      // What goes together by twos goes together: docs/combinations.md shows the pairs.
      #expect(
        (refusal != nil) == parts.pairs.contains(where: isRefused),
        "\(parts): \(refusal.map { "\($0)" } ?? "runs, though two of its parts do not")")
      if let refusal {
        let sentence = "\(refusal)"
        let key = Configuration.key(refusal.keyPath)
        #expect(key.map { Self.groups.contains($0.group) } == true, "\(parts): \(sentence)")
        #expect(sentence.hasPrefix(refusal.keyPath) && !sentence.contains("\n"), "\(sentence)")
        // It names what is in the way, which is more than the key that is wrong.
        let named = Self.paths.filter { $0 != refusal.keyPath && sentence.contains($0) }
        #expect(named.contains(where: parts.isUnusual), "\(parts): \(sentence)")
        continue
      }
      runs += 1
      // Rounds cost time: of all twos, and of every fifth of the rest.
      guard parts.unusual <= 2 || index.isMultiple(of: 5) else { continue }
      let state = try SmallExperiment(Self.configuration(parts)).run(2).state
      #expect(state.round == 2 && state.parameters.allSatisfy { $0.isFinite }, "\(parts)")
      #expect(state.parameters.contains { $0 != 0 }, "\(parts) learned nothing")
    }
    #expect(runs >= AlgorithmConfiguration.all.count || way.isMasked, "\(way)")
  }

  /// Only what a client must not do, by itself.
  @Test func nothingIsRefusedAlone() {
    for type in AlgorithmConfiguration.all { #expect(Parts(algorithm: type).refusal == nil) }
    for type in AggregatorConfiguration.all { #expect(Parts(aggregator: type).refusal == nil) }
    for type in PersonalisationConfiguration.all { #expect(Parts(method: type).refusal == nil) }
    for way in Way.all {
      let isLocal = way.mechanism == .localGaussian && way.isMasked
      #expect((Parts(way: way).refusal != nil) == isLocal, "\(way)")
    }
  }
}
