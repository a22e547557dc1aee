/// What algorithms ask of local training.
extension Configuration {
  /// Refuses steps by which an update does not tell the mean gradient.
  func requirePlainSteps(for algorithm: String) throws(SettingError) {
    try requireSGD(for: algorithm)
    try require(
      training.local.momentum == 0, "training.local.momentum",
      "must be 0 with algorithm.name: \(algorithm), whose rule is for plain SGD steps")
  }

  /// Refuses steps that are no weighted sum of gradients.
  func requireSGD(for algorithm: String) throws(SettingError) {
    try require(
      training.local.optimizer == .sgd, "training.local.optimizer",
      "must be sgd with algorithm.name: \(algorithm), whose rule is for SGD steps")
  }

  /// Refuses a pull, with weight decay, by which every plain step lands farther from its end than it began.
  ///
  /// A step takes rate × pull of the distance off, so that 1 − rate × pull of it is left: from 2 on more than
  /// there was. With momentum ρ the bound is 2 (1 + ρ). Other optimizers bound their steps themselves.
  ///
  /// - Parameters:
  ///   - pull: weight of the squared distance; 0 for weight decay alone.
  ///   - keyPath: of the pull.
  ///   - rate: nil for that of local training.
  func requireStableSteps(
    pull: Double = 0, _ keyPath: String, rate: (keyPath: String, value: Double)? = nil
  ) throws(SettingError) {
    let local = training.local
    guard local.optimizer == .sgd else { return }
    let rate = rate ?? ("training.local.learning_rate", local.learningRate)
    let product = (pull + local.weightDecay) * rate.value
    let bound = 2 * (1 + local.momentum)
    let decay =
      pull > 0 && local.weightDecay > 0
      ? "with training.local.weight_decay (\(local.weightDecay)) " : ""
    try require(
      product < bound, keyPath,
      "(\(pull > 0 ? pull : local.weightDecay)) \(decay)times \(rate.keyPath) (\(rate.value)) is "
        + "\(product), and must be below \(bound), from where on every local step overshoots more than the one "
        + "before; lower one of them")
  }

  /// Refuses weights where the server adds up what clients keep, each once.
  func requireUniformWeights(for algorithm: String) throws(SettingError) {
    try require(
      training.weighting == .uniform, "training.weighting",
      "must be uniform with algorithm.name: \(algorithm), whose server counts every client once")
  }
}
