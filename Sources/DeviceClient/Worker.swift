import Federation
import Models
import Wire

/// The worker's side of the conversation: set up once, then serve until the pipe closes.
package enum Worker {
  /// Serves one coordinator; returns when it closes the pipe.
  package static func serve(_ channel: Channel) throws {
    guard case .setup(let json) = try channel.receive() else {
      throw WireError.unexpected("the first message is not setup")
    }
    do {
      let setup = try WorkerSetup(json: json)
      let population = try Population(setup.configuration)
      try serve(setup.configuration.makeModel(), setup, population, on: channel)
    } catch WireError.closed {
      return
    } catch let error where !(error is WireError) {
      // Not an accident: the next worker would fail in the same way.
      try channel.send(.failed(exitCode: 65, reason: "\(error)"))
    }
  }

  private static func serve(
    _ model: some Model, _ setup: WorkerSetup, _ population: Population, on channel: Channel
  ) throws {
    var clients = SimulatedClients(model: model, setup: setup, population: population)
    try channel.send(.ready(parameters: model.layout.count))
    while true {
      switch try channel.receive() {
      case .model(let round, let parameters):
        guard parameters.count == model.layout.count else {
          throw WireError.malformed("a model of \(parameters.count) parameters")
        }
        clients.begin(round: round, parameters: parameters)
      case .train(let cohort):
        for client in cohort {
          try channel.send(.trained(client: client, outcome: try clients.train(client)))
        }
      case .collect:
        try channel.send(.sum(clients.collect()))
      case .evaluate(let chosen, let isFirst):
        for client in chosen {
          try channel.send(.evaluated(try clients.evaluate(client, isFirst: isFirst)))
        }
      case let other:
        throw WireError.unexpected(other.name)
      }
    }
  }
}
