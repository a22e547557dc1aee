import Federation
import UsageData

/// A model among those by which a phone predicts, and how far it trusts it.
struct WeighedModel {
  var parameters: [Float]
  var weight: Double
}

/// Personal models, as phones make and choose them before their test period.
extension SimulatedClients {
  /// Blocks of the past that are foreseen one after the other, each by models of what lay before it.
  private static var blocks: Int { 2 }

  /// The models by which a phone predicts, without those of no weight; none without personal models.
  ///
  /// An own model that was kept from round to round is judged by what tuning makes of the global model, as
  /// it has seen what it would have to foresee.
  ///
  /// - Parameter local: the model of the phone's past alone, if it was made before.
  mutating func personalModels(
    of client: Int, _ subject: ClientData.Subject, local: [Float]?
  ) -> [WeighedModel] {
    guard let method = setup.configuration.personalisation.method else { return [] }
    let tuning = method.tuning(setup.configuration.training.local)
    let kept = layouts.personal.flatMap { place in
      states.removeValue(forKey: client).map { Array($0[place]) }
    }
    let share = setup.configuration.personalisation.shared.heldBack
    let weights = share > 0 ? chosenWeights(client, subject, share, tuning) : [0, 1, 0]
    var models: [WeighedModel] = []
    if weights[0] > 0 { models.append(WeighedModel(parameters: parameters, weight: weights[0])) }
    if weights[1] > 0 {
      let own: [Float]
      if let kept {
        own = method.model(kept, parameters, shared)
      } else {
        data.loadPast(of: subject)
        own = evaluator.tuned(parameters, client: client, tuning, shared, on: data.examples)
      }
      models.append(WeighedModel(parameters: own, weight: weights[1]))
    }
    if weights[2] > 0 {
      if local == nil { data.loadPast(of: subject) }
      let alone = local ?? evaluator.trainedLocally(client: client, on: data.examples)
      models.append(WeighedModel(parameters: alone, weight: weights[2]))
    }
    return models
  }

  /// How far the phone trusts the global model, its own and one of its past alone, as good as they were
  /// at foreseeing this last share of its past.
  private mutating func chosenWeights(
    _ client: Int, _ subject: ClientData.Subject, _ share: Double, _ tuning: PersonalTuning
  ) -> [Double] {
    let past = subject.split.past
    let length = Int((share * Double(past.count) / Double(Self.blocks)).rounded(.down))
    var choice = ModelChoice(hasWholeGlobal: shared.isWhole)
    guard length > 0 else { return choice.weights }
    for block in (0..<Self.blocks).reversed() {
      let start = past.upperBound - (block + 1) * length
      data.loadPast(of: subject, past.lowerBound..<start)
      let own = evaluator.tuned(parameters, client: client, tuning, shared, on: data.examples)
      let alone = evaluator.trainedLocally(client: client, on: data.examples)
      data.loadPast(of: subject, start..<(start + length))
      evaluator.judge([parameters, own, alone], on: data.examples, &choice)
    }
    return choice.weights
  }
}
