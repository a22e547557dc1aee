/// Secure aggregation that cannot be, or settings of it that would be ignored.
enum WrongProtection {
  typealias Mistake = WrongConfigurationTests.Mistake

  static let mistakes = [
    Mistake(
      yaml: "secure_aggregation:\n  protocol: secagg+\n",
      words: ["FILE:2: ", "one of none, secagg, secagg_plus, not 'secagg+'"]),
    Mistake(
      yaml: "secure_aggregation:\n  protocol: secagg\n  adversary: evil\n",
      words: ["FILE:3: ", "one of curious, active, not 'evil'"]),
    Mistake(
      yaml: "secure_aggregation:\n  adversary: active\n",
      words: ["FILE:2: ", "adversary has no effect with protocol: none"]),
    Mistake(
      yaml: "faults:\n  before_keys_rate: 0.1\n",
      words: ["FILE:2: ", "has no effect with secure_aggregation.protocol: none"]),
    Mistake(
      yaml: "secure_aggregation:\n  encoding:\n    rotation: true\n",
      words: ["FILE:3: ", "has no effect with protocol: none and no clip"]),
    Mistake(
      yaml: "secure_aggregation:\n  encoding:\n    modulus_bits: 48\n",
      words: ["FILE:3: ", "must be 32 or 64"]),
    Mistake(
      yaml: "secure_aggregation:\n  encoding: {clip: 1, fraction_bits: 30}\n",
      words: ["FILE:2: ", "need more than the", "64-bit modulus"]),
    Mistake(
      yaml: "secure_aggregation:\n  protocol: secagg\n  minimum_survivors: 1\n",
      words: ["FILE:3: ", "at least 2"]),
    Mistake(
      yaml: "secure_aggregation:\n  protocol: secagg\n  dropout_fraction: 0.9\n",
      words: ["FILE:2: ", "is not possible", "at most 0.9"]),
    Mistake(
      yaml: "secure_aggregation:\n  protocol: secagg\n  corrupt_fraction: 1\n",
      words: ["FILE:3: ", "below 1"]),
    Mistake(
      yaml: "training: {cohort_size: 1}\nsecure_aggregation:\n  protocol: secagg\n",
      words: ["FILE:3: ", "secure_aggregation.protocol is not possible", "a cohort of 2"]),
  ]
}
