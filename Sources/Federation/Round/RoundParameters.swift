/// What a round tells its clients beside the model.
///
/// Whatever may change from round to round reaches clients this way and no other.
package struct RoundParameters: Equatable, Sendable {
  /// A round whose updates travel as residues.
  package struct Session: Equatable, Sendable {
    /// 32 bytes that no other session has.
    package var identifier: [UInt8]
    /// Client ids, ascending.
    package var cohort: [Int]
    /// Which of the sums of a round it is for, of a rule that takes several; 0 for the first.
    package var step = 0
    /// What clients weigh their updates by in a later sum, as long as a report; empty in the first.
    package var point: [Float] = []

    package init(identifier: [UInt8], cohort: [Int], step: Int = 0, point: [Float] = []) {
      self.identifier = identifier
      self.cohort = cohort
      self.step = step
      self.point = point
    }
  }

  /// Where a client begins that trains from an earlier model than that of the phase.
  package struct Start: Equatable, Sendable {
    package var client: Int
    /// 0 for the model of the phase, else which of the versions that were sent beside it.
    package var model: Int
    /// Versions between the model that the client trains from and that of the phase.
    package var staleness: Int

    package init(client: Int, model: Int, staleness: Int) {
      self.client = client
      self.model = model
      self.staleness = staleness
    }
  }

  /// The Euclidean norm that updates are clipped to; nil for none.
  package var clippingBound: Double?
  /// Nil where updates are summed as they are.
  package var session: Session?
  /// By ascending client; who is not named begins with the model of the phase.
  package var starts: [Start] = []

  package init(clippingBound: Double? = nil, session: Session? = nil) {
    self.clippingBound = clippingBound
    self.session = session
  }

  /// Where a client begins; nil with the model of the phase.
  package func start(of client: Int) -> Start? {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle].client < client { low = middle + 1 } else { high = middle }
    }
    return low < starts.count && starts[low].client == client ? starts[low] : nil
  }

  /// What an experiment says of all its rounds.
  package init(_ configuration: Configuration) {
    self.init(
      clippingBound: configuration.privacy.mechanism == .none
        ? configuration.unreleasedBound : configuration.privacy.initialClippingBound)
  }
}
