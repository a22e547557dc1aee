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

    package init(identifier: [UInt8], cohort: [Int]) {
      self.identifier = identifier
      self.cohort = cohort
    }
  }

  /// The Euclidean norm that updates are clipped to; nil for none.
  package var clippingBound: Double?
  /// Nil where updates are summed as they are.
  package var session: Session?

  package init(clippingBound: Double? = nil, session: Session? = nil) {
    self.clippingBound = clippingBound
    self.session = session
  }

  /// What an experiment says of all its rounds.
  package init(_ configuration: Configuration) {
    self.init(
      clippingBound: configuration.privacy.mechanism == .none
        ? configuration.unreleasedBound : configuration.privacy.initialClippingBound)
  }
}
