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

  /// Refuses weights where the server adds up what clients keep, each once.
  func requireUniformWeights(for algorithm: String) throws(SettingError) {
    try require(
      training.weighting == .uniform, "training.weighting",
      "must be uniform with algorithm.name: \(algorithm), whose server counts every client once")
  }
}
