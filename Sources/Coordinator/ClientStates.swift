/// Where what clients keep lies between rounds.
package struct ClientStates: Sendable {
  /// What a client has kept; nil for one that is new.
  package var load: @Sendable (_ client: Int) throws -> [Float]?
  /// Keeps what clients of one round keep, by client.
  package var commit: @Sendable (_ states: [Int: [Float]]) throws -> Void

  package init(
    load: @escaping @Sendable (_ client: Int) throws -> [Float]?,
    commit: @escaping @Sendable (_ states: [Int: [Float]]) throws -> Void
  ) {
    self.load = load
    self.commit = commit
  }
}
