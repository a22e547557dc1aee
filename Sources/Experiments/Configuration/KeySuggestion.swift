import Federation
import Tables
import UsageLog

/// What somebody meant who wrote a key that does not exist.
package enum KeySuggestion {
  /// Words of other programs and of papers, and short forms.
  private static let synonyms: [String: String] = [
    "lr": "training.local.learning_rate", "learningrate": "training.local.learning_rate",
    "client_lr": "training.local.learning_rate", "local_lr": "training.local.learning_rate",
    "server_lr": "training.server.learning_rate", "bs": "training.local.batch_size",
    "batch": "training.local.batch_size", "batchsize": "training.local.batch_size",
    "epoch": "training.local.epochs", "local_epochs": "training.local.epochs",
    "num_epochs": "training.local.epochs", "n_epochs": "training.local.epochs",
    "local_steps": "training.local.steps", "wd": "training.local.weight_decay",
    "optimizer": "training.local.optimizer", "server_optimizer": "training.server.optimizer",
    "round": "training.rounds", "num_rounds": "training.rounds", "n_rounds": "training.rounds",
    "iterations": "training.rounds", "cohort": "training.cohort_size",
    "clients_per_round": "training.cohort_size", "participants": "training.cohort_size",
    "clients": "population.clients", "num_clients": "population.clients",
    "n_clients": "population.clients", "users": "population.clients", "days": "population.days",
    "data": "population.path", "file": "population.path", "log": "population.path",
    "dataset": "population.path", "eps": "privacy.target_epsilon",
    "epsilon": "privacy.target_epsilon", "sigma": "privacy.noise_multiplier",
    "noise": "privacy.noise_multiplier", "z": "privacy.noise_multiplier",
    "clip": "privacy.clipping_bound", "clip_norm": "privacy.clipping_bound",
    "clipping": "privacy.clipping_bound", "max_grad_norm": "privacy.clipping_bound",
    "dp": "privacy.mechanism", "secagg": "secure_aggregation.protocol", "mu": "algorithm.mu",
    "strategy": "algorithm.name", "method": "algorithm.name", "eval_every": "evaluation.every",
    "random_seed": "seed", "hidden_size": "model.hidden", "layers": "model.kind",
    "architecture": "model.kind",
  ]

  private static let otherFiles: Set = [
    "_base_", "base", "defaults", "import", "imports", "include", "includes", "inherit", "inherits",
  ]
  private static let anchors: Set = ["x", "anchors", "definitions"]

  /// What a key of the top level is called here that is no key of an experiment; nil for any other word.
  static func advice(onTopLevel key: String) -> String? {
    if otherFiles.contains(key) {
      return "'extends: FILE' takes over the keys of another file"
    }
    return anchors.contains(key)
      ? "a key for anchors begins with 'x-', such as 'x-\(key == "x" ? "base" : key)'" : nil
  }

  /// Keys that somebody may have meant by the last part of a key path, the likeliest first; none where
  /// nothing is near.
  ///
  /// - Parameters:
  ///   - key: what was written, without its group.
  ///   - group: the path of the group that it was written in; empty at the top level.
  ///   - known: the keys of that group.
  static func keys(near key: String, in group: String, among known: [String]) -> [String] {
    let word = normalized(key)
    func path(_ name: String) -> String { group.isEmpty ? name : "\(group).\(name)" }
    // Among the few keys of a group, a single letter may be wrong in a word of two.
    let limit = word.count == 2 && !group.isEmpty ? 1 : reach(word)
    if let near = nearest(word, known, atMost: limit) { return [path(near)] }
    // Many remember the last part alone.
    let all = Configuration.keys.map(\.path)
    let same = all.filter { lastPart($0) == word && $0 != path(key) }
    if group.isEmpty, let meant = synonyms[word], all.contains(meant) { return [meant] }
    if !same.isEmpty { return Array(ranked(same, near: group).prefix(2)) }
    if let meant = synonyms[word], all.contains(meant) { return [meant] }
    let groups = ConfigurationGroup.meanings.map(\.path)
    if let group = groups.first(where: { lastPart($0) == word }) { return [group] }
    guard let near = nearest(word, all.map(lastPart), atMost: reach(word)) else { return [] }
    return Array(ranked(all.filter { lastPart($0) == near }, near: group).prefix(2))
  }

  /// The key that a word of other programs or a short form stands for.
  static func synonym(_ word: String) -> ConfigurationKey? {
    synonyms[normalized(word)].flatMap(Configuration.key)
  }

  /// `cohort-size` and `cohortSize` as keys are written.
  private static func normalized(_ key: String) -> String {
    let words = key.replacing("-", with: "_")
    guard words.contains(where: \.isLowercase) else { return words.lowercased() }
    let name = snakeCase(words)
    return name.hasPrefix("_") ? String(name.dropFirst()) : name
  }

  /// Letters that may be wrong in a word: one of three or four, more of long ones.
  private static func reach(_ word: String) -> Int { word.count < 3 ? 0 : max(1, word.count / 4) }

  /// The word that is nearest, if it is near.
  package static func nearest(_ word: String, _ known: [String], atMost limit: Int) -> String? {
    let found = known.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
    return found.flatMap { $0.1 <= limit ? $0.0 : nil }
  }

  private static func lastPart(_ path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  /// Those in the same group first, then those of what every experiment has, the shortest first.
  private static func ranked(_ paths: [String], near group: String) -> [String] {
    func rank(_ path: String) -> Int {
      if !group.isEmpty, path.hasPrefix("\(group).") { return 0 }
      if path.hasPrefix("training.local.") { return 1 }
      if path.hasPrefix("training.") { return 2 }
      let others = ["population.", "model.", "evaluation.", "privacy."]
      return others.contains { path.hasPrefix($0) } ? 3 : 4
    }
    return paths.enumerated().sorted {
      (rank($0.element), $0.element.count, $0.offset)
        < (rank($1.element), $1.element.count, $1.offset)
    }.map(\.element)
  }

  /// The end of a sentence about a key that does not exist.
  static func advice(_ keys: [String], group: String, known: [String]) -> String {
    switch keys.count {
    case 0:
      let place = group.isEmpty ? "an experiment" : group
      return "the keys of \(place) are \(known.joined(separator: ", "))"
    case 1: return "the nearest is '\(keys[0])'"
    default: return "the nearest are '\(keys[0])' and '\(keys[1])'"
    }
  }

  /// The key that an option such as `--cohort-size` was meant for, if there is one.
  package static func key(ofOption name: String) -> String? {
    let word = normalized(name)
    if word == "seed" { return word }
    guard let first = keys(near: word, in: "", among: []).first,
      Configuration.key(first) != nil, lastPart(first) == word || synonyms[word] == first
    else { return nil }
    return first
  }
}
