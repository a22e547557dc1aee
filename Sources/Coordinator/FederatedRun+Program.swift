import Federation

extension FederatedRun {
  /// Takes the model to start from, where a client program has it; does nothing once a round is over.
  ///
  /// A run that is resumed before its first checkpoint asks again and gets the same.
  package mutating func begin() throws {
    guard configuration.hasProgram, state.round == 0 else { return }
    state.begin(from: try pool.initialParameters())
  }
}
