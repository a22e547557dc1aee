import Foundation

/// Words for people in place of key paths and the values of settings.
///
/// Files keep the names of keys; axes, legends and tables for a paper say these.
package enum KeyLabel {
  /// A label and, where the values have one, their unit.
  private struct Words {
    var text: String
    var unit = ""
  }

  /// What an axis or the heading of a column says: `Clients per round`, `Time limit (s)`.
  package static func title(of path: String) -> String {
    let words = words(for: path)
    return words.unit.isEmpty ? words.text : "\(words.text) (\(words.unit))"
  }

  /// One setting in words: `Clients per round = 10`, `ε = 8`, `no noise`.
  package static func setting(_ path: String, _ value: String) -> String {
    let shown = self.value(value, of: path)
    if path == "privacy.target_epsilon" || path == "privacy.budget.epsilon" {
      if ["inf", "null"].contains(plain(value)) { return "no noise" }
      return "ε = \(shown)"
    }
    if path == "privacy.mechanism", plain(value) == "none" { return "no noise" }
    let words = words(for: path)
    return "\(words.text) = \(shown)"
      + (words.unit.isEmpty || !isNumber(shown) ? "" : " \(words.unit)")
  }

  /// A value as a person writes it: `inf` for `.inf`, `8` for `8.0`, `on` for `true`.
  package static func value(_ text: String, of path: String) -> String {
    let plain = plain(text)
    switch plain {
    case "true": return "on"
    case "false": return "off"
    case "null" where path.hasSuffix("epsilon"): return "no noise"
    case "inf" where path.hasSuffix("epsilon"): return "no noise"
    case "inf": return "∞"
    case "null", "": return "not set"
    default: return hasNames(path) ? names[plain] ?? plain.replacing("_", with: " ") : plain
    }
  }

  /// A number without what YAML or a conversion adds to it; any other text as it is.
  package static func plain(_ text: String) -> String {
    switch text {
    case ".inf", "+.inf", ".Inf", ".INF": return "inf"
    case "-.inf": return "-inf"
    case ".nan": return "nan"
    case "~": return "null"
    default:
      guard text.hasSuffix(".0"), Double(text) != nil else { return text }
      return String(text.dropLast(2))
    }
  }

  /// The number that a value is; nil for one that is none or is not finite.
  package static func number(_ text: String) -> Double? {
    Double(plain(text)).flatMap { $0.isFinite ? $0 : nil }
  }

  private static func isNumber(_ text: String) -> Bool { Double(text) != nil }

  private static func words(for path: String) -> Words {
    if let known = known[path] { return known }
    let last = path.split(separator: ".").last.map(String.init) ?? path
    if let known = known["*.\(last)"] { return known }
    for (ending, unit) in units where last.hasSuffix("_\(ending)") || last == ending {
      let rest = last == ending ? last : String(last.dropLast(ending.count + 1))
      return Words(text: sentence(rest), unit: unit)
    }
    return Words(text: sentence(last))
  }

  /// `learning_rate` → `Learning rate`.
  private static func sentence(_ name: String) -> String {
    let words = name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Units by the last word of a key.
  private static let units = [("seconds", "s"), ("bytes", "bytes"), ("days", "days")]

  /// Keys whose values are words of the field; others are names that a person chose.
  private static func hasNames(_ path: String) -> Bool {
    let last = path.split(separator: ".").last.map(String.init) ?? path
    return [
      "kind", "name", "method", "mechanism", "protocol", "optimizer", "sampling", "preset",
      "weighting", "task", "clipping", "accountant", "adversary", "source",
    ].contains(last) && path != "name"
  }

  private static let names = [
    "fedavg": "FedAvg", "fedprox": "FedProx", "scaffold": "SCAFFOLD", "feddyn": "FedDyn",
    "fednova": "FedNova", "mimelite": "MimeLite", "qfedavg": "q-FedAvg", "fedper": "FedPer",
    "fedrep": "FedRep", "ditto": "Ditto", "apfl": "APFL", "fine_tune": "fine-tuning",
    "secagg": "SecAgg", "secagg_plus": "SecAgg+", "gaussian": "Gaussian",
    "discrete_gaussian": "discrete Gaussian", "local_gaussian": "local Gaussian",
    "skellam": "Skellam", "blt": "BLT", "tree": "tree aggregation", "banded": "banded matrix",
    "none": "none", "lstm": "LSTM", "lstm_ranker": "LSTM ranker", "sgd": "SGD", "adam": "Adam",
    "adagrad": "Adagrad", "yogi": "Yogi", "poisson": "Poisson", "krum": "Krum", "pld": "PLD",
    "rdp": "RDP", "zcdp": "zCDP", "fixed_size": "fixed size",
    "min_separation": "minimum separation",
  ]

  private static let known: [String: Words] = [
    "variant": Words(text: "Variant"),
    "seed": Words(text: "Seed"),
    "training.cohort_size": Words(text: "Clients per round"),
    "training.rounds": Words(text: "Rounds"),
    "training.sampling": Words(text: "Sampling of clients"),
    "training.weighting": Words(text: "Weighting of clients"),
    "training.ignored_weight": Words(text: "Weight of ignored suggestions"),
    "training.max_examples": Words(text: "Examples per client and round"),
    "training.min_separation": Words(text: "Rounds between participations"),
    "training.window_days": Words(text: "Training window", unit: "days"),
    "training.local.epochs": Words(text: "Local epochs"),
    "training.local.steps": Words(text: "Local steps"),
    "training.local.batch_size": Words(text: "Batch size"),
    "training.local.learning_rate": Words(text: "Client learning rate"),
    "training.local.momentum": Words(text: "Client momentum"),
    "training.local.optimizer": Words(text: "Client optimizer"),
    "training.local.weight_decay": Words(text: "Weight decay"),
    "training.server.learning_rate": Words(text: "Server learning rate"),
    "training.server.momentum": Words(text: "Server momentum"),
    "training.server.optimizer": Words(text: "Server optimizer"),
    "population.clients": Words(text: "Clients in the population"),
    "population.days": Words(text: "Length of a client's history", unit: "days"),
    "population.preset": Words(text: "Population"),
    "population.path": Words(text: "Log"),
    "population.source": Words(text: "Source of the data"),
    "population.seed": Words(text: "Population seed"),
    "population.new_client_share": Words(text: "Share of held-out clients"),
    "population.drift.day": Words(text: "Day on which habits change"),
    "population.drift.share": Words(text: "Share of clients whose habits change"),
    "population.drift.preset": Words(text: "Population after the change"),
    "population.arrivals.share": Words(text: "Share of clients that join later"),
    "population.arrivals.days": Words(text: "Time within which they join", unit: "days"),
    "model.kind": Words(text: "Model"),
    "model.vocabulary": Words(text: "Vocabulary", unit: "apps"),
    "model.sequence_length": Words(text: "Sequence length", unit: "apps"),
    "model.embedding": Words(text: "Embedding width"),
    "model.hidden": Words(text: "Hidden units"),
    "model.parameters": Words(text: "Parameters"),
    "workers.program": Words(text: "Client program"),
    "algorithm.name": Words(text: "Algorithm"),
    "algorithm.mu": Words(text: "Proximal weight µ"),
    "aggregator.name": Words(text: "Aggregator"),
    "aggregator.share": Words(text: "Share trimmed or left out"),
    "attack.kind": Words(text: "Attack"),
    "attack.share": Words(text: "Share of malicious clients"),
    "attack.scale": Words(text: "Scale of the attack"),
    "attack.epsilon": Words(text: "Strength of the attack"),
    "personalisation.method": Words(text: "Personalisation"),
    "personalisation.learning_rate": Words(text: "Personalisation learning rate"),
    "privacy.mechanism": Words(text: "Mechanism"),
    "privacy.target_epsilon": Words(text: "Target ε"),
    "privacy.budget.epsilon": Words(text: "ε budget"),
    "privacy.delta": Words(text: "δ"),
    "privacy.noise_multiplier": Words(text: "Noise multiplier"),
    "privacy.clipping": Words(text: "Clipping"),
    "privacy.clipping_bound": Words(text: "Clipping bound"),
    "privacy.accountant": Words(text: "Accountant"),
    "privacy.adaptive.target_quantile": Words(text: "Target quantile of the clipping bound"),
    "privacy.audit.canaries": Words(text: "Canaries"),
    "secure_aggregation.protocol": Words(text: "Secure aggregation"),
    "secure_aggregation.adversary": Words(text: "Adversary"),
    "secure_aggregation.corrupt_fraction": Words(text: "Share of colluding clients"),
    "secure_aggregation.dropout_fraction": Words(text: "Tolerated share of dropouts"),
    "secure_aggregation.minimum_survivors": Words(text: "Fewest surviving clients"),
    "secure_aggregation.encoding.bits": Words(text: "Bits per parameter"),
    "secure_aggregation.encoding.fraction_bits": Words(text: "Fractional bits"),
    "secure_aggregation.encoding.modulus_bits": Words(text: "Bits of the modulus"),
    "secure_aggregation.encoding.clip": Words(text: "Largest encoded value"),
    "faults.dropout_rate": Words(text: "Dropout probability"),
    "faults.shuffled_label_rate": Words(text: "Share of shuffled labels"),
    "evaluation.every": Words(text: "Rounds between evaluations"),
    "evaluation.clients": Words(text: "Evaluated clients"),
    "evaluation.test_days": Words(text: "Test period", unit: "days"),
    "task": Words(text: "Task"),
  ]
}
