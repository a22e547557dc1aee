import Federation
import Messages
import Synchronization
import Wire

/// Whether workers are what a run needs, and all alike: sums of other builds, libraries or processors
/// may differ in their last bits.
final class IdentityCheck: Sendable {
  private let parameters: Int
  private let program: String
  private let needed: [(capability: WorkerIdentity.Capability, what: String)]
  private struct State {
    /// Of this program; looked at when a worker elsewhere is ready.
    var build: String?
    /// The first worker of another program.
    var foreign: WorkerIdentity?
    /// The first client program.
    var clientProgram: (name: String, machine: String)?
  }
  private let state = Mutex(State())

  /// - Parameter program: the file of this program.
  init(_ configuration: Configuration, parameters: Int, program: String) {
    self.parameters = parameters
    self.program = program
    var needed: [(WorkerIdentity.Capability, String)] = []
    if configuration.secureAggregation.protocol != .none {
      needed.append((.masked, "secure_aggregation.protocol"))
    } else {
      needed.append(
        configuration.aggregation == .server
          ? (.individual, "aggregator.name: \(configuration.aggregator.name)") : (.sum, "training"))
    }
    if configuration.algorithmLayouts.clientState.count > 0 {
      needed.append((.state, "algorithm.name: \(configuration.algorithm.name)"))
    }
    if configuration.evaluation.every > 0 { needed.append((.evaluate, "evaluation.every")) }
    self.needed = needed.map { (capability: $0.0, what: $0.1) }
  }

  /// Throws for a worker that the run cannot use, naming its machine.
  func check(_ identity: WorkerIdentity, of index: Int, isLocal: Bool) throws {
    let place = "Worker \(index) on the machine '\(identity.machine)'"
    if let difference = difference(of: identity, isLocal: isLocal) {
      throw CoordinatorError.unsuitable("\(place) \(difference).")
    }
    guard identity.parameters == parameters else {
      throw WireError.unexpected(
        "ready for \(identity.parameters) parameters, not ready for \(parameters)")
    }
    if let first = otherClientProgram(than: identity) {
      throw CoordinatorError.unsuitable(
        "\(place) has the client program '\(identity.clientProgram ?? "")', and '\(first.machine)' has "
          + "'\(first.name)', whose updates may differ in their last bits; install the same versions on both."
      )
    }
    for (capability, what) in needed where !identity.capabilities.contains(capability.rawValue) {
      throw CoordinatorError.unsuitable(
        "\(place) cannot do what \(what) needs ('\(capability.rawValue)' is none of its capabilities); "
          + "change that key, or use workers that can.")
    }
  }

  /// The client program of the first worker, where this one has another.
  private func otherClientProgram(
    than identity: WorkerIdentity
  ) -> (name: String, machine: String)? {
    guard let program = identity.clientProgram else { return nil }
    return state.withLock { state in
      let first = state.clientProgram ?? (program, identity.machine)
      state.clientProgram = first
      return first.name == program ? nil : first
    }
  }

  private func difference(of identity: WorkerIdentity, isLocal: Bool) -> String? {
    let isKnown = identity.version == WorkerIdentity.protocolVersion
    // This very program on this machine, with libraries that were pinned for it.
    if isLocal, isKnown, !identity.isForeign { return nil }
    return state.withLock { state in
      guard !(isKnown && identity.isForeign) else {
        let first = state.foreign ?? identity
        state.foreign = first
        return identity.difference(from: first)
      }
      let build = state.build ?? WorkerIdentity.build(of: program)
      state.build = build
      return identity.difference(from: .own(parameters: parameters, build: build))
    }
  }
}
