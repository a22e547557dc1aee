import Privacy

/// Something that is done to updates: by each client to its own, by the server to their sum, or both.
///
/// Clients go through the stages of a round in order, the server in reverse.
package protocol UpdateTransform: Sendable {
  /// The most that this stage adds to the norm of an update; `Clip` leaves room for it.
  var normGrowth: Double { get }

  /// In place, before the update is encoded.
  func onClient(
    _ update: UnsafeMutableBufferPointer<Float>, _ note: inout ClientNote, _ context: ClientContext)

  /// - Parameter privacy: nil without a mechanism.
  func onServer(
    _ aggregate: inout RoundSum, _ privacy: inout PrivacyState?, round: Int
  ) throws(PrivacyError)
}

extension UpdateTransform {
  package var normGrowth: Double { 0 }

  package func onClient(
    _ update: UnsafeMutableBufferPointer<Float>, _ note: inout ClientNote, _ context: ClientContext
  ) {}

  package func onServer(
    _ aggregate: inout RoundSum, _ privacy: inout PrivacyState?, round: Int
  ) throws(PrivacyError) {}
}

/// Whose update it is, and what the round says.
package struct ClientContext: Sendable {
  package var client: Int
  package var round: Int
  package var clippingBound: Double?
  /// Of a hostile client that does not clip, whatever the bound.
  package var isUnclipped = false
  /// What the stages after `Clip` and the codec may add to the norm.
  package var normGrowth: Double
  /// What the server's centre is; empty for none.
  package var centre: ArraySlice<Float> = []

  package init(
    client: Int, round: Int, clippingBound: Double?, normGrowth: Double,
    centre: ArraySlice<Float> = []
  ) {
    self.client = client
    self.round = round
    self.clippingBound = clippingBound
    self.normGrowth = normGrowth
    self.centre = centre
  }
}
