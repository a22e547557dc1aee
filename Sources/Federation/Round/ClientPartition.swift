import LinearAlgebra

/// Which clients may train and which are held out whole, without a list of either.
///
/// A keyed permutation of the client ids (a four-round Feistel network with cycle walking, Black &
/// Rogaway 2002, https://doi.org/10.1007/3-540-45760-7_9) puts the training clients first. Memory
/// and time do not depend on the size of the population.
package struct ClientPartition: Sendable {
  package let clients: Int
  /// Clients that may train; the last of them are canaries.
  package let trainingCount: Int
  private let canaries: Int
  private let seed: UInt64
  private let purpose: StreamPurpose
  private let halfBits: UInt64

  /// Constraint: 0 ≤ `newClientShare` < 1; at least one client trains.
  ///
  /// - Parameters:
  ///   - canaries: of an audit; they train beside the population and have the ids that follow it.
  ///   - purpose: of the permutation: another choice of clients has another.
  package init(
    seed: UInt64, clients: Int, newClientShare: Double, canaries: Int = 0,
    purpose: StreamPurpose = .heldOutClients
  ) {
    precondition(clients > 0 && (0..<1).contains(newClientShare))
    self.seed = seed
    self.purpose = purpose
    self.clients = clients
    let heldOut = Int((Double(clients) * newClientShare).rounded())
    self.canaries = canaries
    trainingCount = max(1, clients - heldOut) + canaries
    let bits = UInt64(Int.bitWidth - (clients - 1).leadingZeroBitCount)
    halfBits = max(1, (bits + 1) / 2)
  }

  package var newCount: Int { clients - peopleCount }

  /// Clients that train and are no canaries.
  private var peopleCount: Int { trainingCount - canaries }

  /// The id of training client `position`, 0..<trainingCount.
  package func trainingClient(_ position: Int) -> Int {
    precondition((0..<trainingCount).contains(position))
    return position < peopleCount ? permuted(position) : clients + position - peopleCount
  }

  /// The id of held-out client `position`, 0..<newCount.
  package func newClient(_ position: Int) -> Int {
    precondition((0..<newCount).contains(position))
    return permuted(peopleCount + position)
  }

  /// Whether a client of the population is held out of training.
  package func isHeldOut(_ client: Int) -> Bool {
    (0..<clients).contains(client) && position(of: client) >= peopleCount
  }

  /// The position of a training client of the population; nil for all others.
  package func trainingPosition(of client: Int) -> Int? {
    guard (0..<clients).contains(client) else { return nil }
    let position = position(of: client)
    return position < peopleCount ? position : nil
  }

  private func permuted(_ position: Int) -> Int {
    let mask = (UInt64(1) << halfBits) - 1
    var value = UInt64(position)
    repeat {
      var left = value >> halfBits
      var right = value & mask
      for round in 0..<UInt64(4) {
        (left, right) = (right, left ^ (mixed(right, round: round) & mask))
      }
      value = left << halfBits | right
    } while value >= UInt64(clients)
    return Int(value)
  }

  /// Undoes `permuted`.
  private func position(of client: Int) -> Int {
    let mask = (UInt64(1) << halfBits) - 1
    var value = UInt64(client)
    repeat {
      var left = value >> halfBits
      var right = value & mask
      for round in (0..<UInt64(4)).reversed() {
        (left, right) = (right ^ (mixed(left, round: round) & mask), left)
      }
      value = left << halfBits | right
    } while value >= UInt64(clients)
    return Int(value)
  }

  private func mixed(_ half: UInt64, round: UInt64) -> UInt64 {
    RandomStream.philox(
      counter: (half, round, 0, 0), key: (seed, purpose.rawValue)
    ).0
  }
}
