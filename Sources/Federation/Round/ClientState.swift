/// What one client keeps between its rounds, in the layout `clientState` of the algorithm.
///
/// On a real phone it would never leave it; here it rides with the work, so that workers keep nothing.
package struct ClientState: Equatable, Sendable {
  package var client: Int
  package var values: [Float]

  package init(client: Int, values: [Float]) {
    self.client = client
    self.values = values
  }
}
