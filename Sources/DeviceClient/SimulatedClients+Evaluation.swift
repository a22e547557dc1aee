import Federation
import UsageData

/// Phases after training: pooled training, and what clients measure.
extension SimulatedClients {
  /// The model of the phase after training on the examples of these clients in one heap.
  mutating func pooled(
    _ clients: [Int], pass: Int, learningRate: Double
  ) throws -> [Float] {
    try data.loadPooled(clients, pass: pass)
    return evaluator.trainedPooled(
      parameters, pass: pass, client: clients.first ?? 0, learningRate: learningRate,
      on: data.examples)
  }

  /// - Parameter isFirst: whether predictors that no round changes are measured as well.
  mutating func evaluate(_ client: Int, isFirst: Bool) throws -> ClientEvaluation {
    let subject = try data.subject(client)
    let test = TestMoments.test(of: subject)
    // A client that trained has lent its first week to the model.
    let firstWeek = partition.isHeldOut(client) ? TestMoments.firstWeek(of: subject) : nil
    var early: [ClientEvaluation.Part] = []
    if let firstWeek {
      data.load(firstWeek, of: subject)
      early = evaluator.parts(.federated, parameters, on: data, of: firstWeek)
    }
    var local: [Float]?
    if isFirst, setup.configuration.evaluation.localOnly {
      data.loadPast(of: subject)
      local = evaluator.trainedLocally(client: client, on: data.examples)
    }
    let personal = personalModels(of: client, subject, local: local)
    data.load(test, of: subject)
    var parts = evaluator.parts(.federated, parameters, on: data, of: test) + early
    if let local { parts += evaluator.parts(.localOnly, local, on: data, of: test) }
    if !personal.isEmpty { parts += evaluator.parts(.personalised, personal, on: data, of: test) }
    if isFirst {
      parts += data.baselines(of: subject, on: test)
      parts += data.ceiling(of: subject, client: client, on: test)
      if let firstWeek { parts += data.ceiling(of: subject, client: client, on: firstWeek) }
    }
    return ClientEvaluation(
      client: client, traits: data.traits(of: client, subject), parts: parts)
  }
}
