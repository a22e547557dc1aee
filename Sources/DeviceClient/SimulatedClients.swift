import Federation
import LinearAlgebra
import Models
import UsageData

/// All clients of one worker, one at a time: their data is made, used and forgotten.
struct SimulatedClients<M: Model>: ~Copyable {
  private let model: M
  private let setup: WorkerSetup
  private let population: Population
  private var data: ClientData
  private var averaging: FederatedAveraging<M>
  private var evaluator: ClientEvaluator<M>
  private var sum: UpdateSum
  private var round = 0
  private var parameters: [Float] = []

  init(model: M, setup: WorkerSetup, population: Population) {
    self.model = model
    self.setup = setup
    self.population = population
    data = ClientData(setup: setup, population: population)
    averaging = FederatedAveraging(setup.configuration, model: model)
    evaluator = ClientEvaluator(setup.configuration, model: model)
    sum = UpdateSum(parameters: model.layout.count)
  }

  /// Takes the model of a phase; an uncollected sum of an earlier phase is dropped.
  mutating func begin(round: Int, parameters: [Float]) {
    self.round = round
    self.parameters = parameters
    sum.reset()
  }

  mutating func train(_ client: Int) throws -> ClientOutcome {
    if FederatedAveraging<M>.drops(client, round: round, setup.configuration) { return .dropped }
    try data.loadTraining(of: client, round: round)
    return averaging.update(
      of: client, round: round, from: parameters, on: data.examples, into: &sum)
  }

  /// The sum of all updates since `begin` or the last collection.
  mutating func collect() -> UpdateSum {
    let collected = sum
    sum.reset()
    return collected
  }

  mutating func evaluate(_ client: Int, isFirst: Bool) throws -> ClientEvaluation {
    let subject = try data.subject(client)
    data.loadTest(of: subject)
    var tallies = [(Predictor.federated, evaluator.tally(parameters, on: data.examples))]
    if isFirst {
      if setup.configuration.evaluation.localOnly {
        data.loadPast(of: subject)
        let local = evaluator.trainedLocally(client: client, on: data.examples)
        data.loadTest(of: subject)
        tallies.append((.localOnly, evaluator.tally(local, on: data.examples)))
      }
      tallies += data.baselineTallies(of: subject)
      if let ceiling = data.ceilingTally(of: subject, client: client) {
        tallies.append((.bayesOptimal, ceiling))
      }
    }
    return ClientEvaluation(client: client, tallies: tallies)
  }
}
