import SecureAggregation
import UsageData

/// What hides single updates from the server.
package struct SecureAggregationConfiguration: Codable, Equatable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case none, secagg
    case secaggPlus = "secagg_plus"

    /// Nil when updates are summed in the clear.
    package var scheme: AggregationScheme? { AggregationScheme(rawValue: rawValue) }
  }

  package var `protocol` = Kind.none
  package var adversary = Adversary.curious
  /// Fraction of a cohort that may collude with the server.
  package var corruptFraction = 0.05
  /// Fraction of a cohort that may drop out without costing the round.
  package var dropoutFraction = 0.2
  /// A sum of fewer clients than this is never opened; at least 2.
  ///
  /// If left out, those that `dropoutFraction` leaves of a cohort.
  package var minimumSurvivors = Setting<Int>()
  package var encoding = EncodingConfiguration()
}

/// How updates become whole numbers modulo 2^32 or 2^64.
package struct EncodingConfiguration: Codable, Equatable, Sendable {
  /// Largest coordinate of an update, after the rotation; larger ones are cut off.
  ///
  /// If left out, a protocol takes what `privacy.clipping_bound` allows, or 1 without such a bound,
  /// and `protocol: none` does not encode but sums exactly.
  package var clip = Setting<Double>()
  /// log2 of the steps per unit of weight × coordinate; left out, the most that cannot wrap.
  package var fractionBits = Setting<Int>()
  /// 32 or 64.
  package var modulusBits = 32
  /// Noise of clients: sums are read modulo 2^bits; left out, `modulus_bits` − 4.
  ///
  /// Residues travel modulo 2^modulus_bits all the same, so that the simulator sees what wraps.
  package var bits = Setting<Int>()
  /// Spread every coordinate over all of them by a random Hadamard rotation first.
  package var rotation = false

  /// By how much the residues that travel are wider than those that are read.
  static let spareBits = 4
}

extension Configuration {
  /// Whether updates travel as residues, masked or not.
  package var encodesUpdates: Bool {
    secureAggregation.protocol != .none || secureAggregation.encoding.clip.value != nil
      || distributedNoise != nil
  }

  /// Largest number of examples that one client can train on in a round.
  var largestExampleCount: Int {
    population.source == .benchmark
      ? max(training.maxExamples, BenchmarkPopulation.examplesPerClient) : training.maxExamples
  }

  /// What a cohort of this size has to withstand.
  package func requirements(cohortSize: Int) -> AggregationRequirements {
    AggregationRequirements(
      cohortSize: cohortSize, adversary: secureAggregation.adversary,
      corruptFraction: secureAggregation.corruptFraction,
      dropoutFraction: secureAggregation.dropoutFraction,
      minimumSurvivors: fewestReporting(of: cohortSize))
  }
}
