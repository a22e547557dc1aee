import Privacy

/// Canaries of an audit are clients like all others, with ids beyond the population.
extension Configuration {
  /// Which canary a client is; nil for people.
  ///
  /// - Parameter clients: registered clients of the population.
  package func canary(_ client: Int, clients: Int) -> Int? {
    client >= clients && client < clients + privacy.audit.canaries ? client - clients : nil
  }

  /// Canaries send updates so many clipping bounds long that clipping has to do its work.
  static var canaryNorm: Double { 10 }
}
