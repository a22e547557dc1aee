import Federation
import Glibc
import LinearAlgebra
import Models

/// Personal models of one client.
extension ClientEvaluator {
  /// The global model after training on the client's past: the mean of what it is after each pass, which
  /// wanders less than the last.
  mutating func tuned(
    _ parameters: [Float], client: Int, _ tuning: PersonalTuning, _ shared: SharedPart,
    on examples: Examples
  ) -> [Float] {
    var own = parameters
    var mean = [Float](repeating: 0, count: parameters.count)
    let proximal = Float(tuning.proximal)
    let drift = proximal > 0 ? parameters.map { -proximal * $0 } : []
    let chosen = instructive(examples)
    var stream = RandomStream(seed: configuration.seed, purpose: .exampleOrder, client: client)
    trainer.optimizer = configuration.clientOptimizer
    trainer.optimizer.learningRate = Float(tuning.learningRate)
    let share = Float(tuning.weight) / Float(tuning.passes)
    for _ in 0..<tuning.passes {
      drift.withUnsafeBufferPointer { drift in
        own.withUnsafeMutableBufferPointer { own in
          guard let place = own.baseAddress else { return }
          _ = trainer.train(
            from: place, to: place, on: examples, chosen: chosen, tuning.pass,
            LocalObjective(
              proximal: proximal, drift: proximal > 0 ? drift.baseAddress : nil,
              moving: shared.isWhole ? nil : shared.local),
            shuffledBy: &stream)
        }
      }
      if share == 1 { return own }
      for index in mean.indices { mean[index] += share * own[index] }
    }
    let rest = Float(1 - tuning.weight)
    if rest > 0 { for index in mean.indices { mean[index] += rest * parameters[index] } }
    return mean
  }

  /// Adds the examples to what a choice among models is made by; those whose target is no candidate tell
  /// nothing.
  mutating func judge(
    _ models: [[Float]], on examples: Examples, _ choice: inout ModelChoice
  ) {
    let all = models.map { probabilities($0, examples) }
    for example in 0..<examples.count {
      let target = Int(examples.targetCandidates[example])
      guard target >= 0 else { continue }
      let candidates = examples.candidates(of: example)
      choice.add(all.flatMap { $0[candidates] }, target: target)
    }
  }

  /// What a model gives each candidate of each example.
  private mutating func probabilities(_ parameters: [Float], _ examples: Examples) -> [Double] {
    var probabilities: [Double] = []
    probabilities.reserveCapacity(examples.candidateApps.count)
    forEachScored(parameters, examples) { _, scores in
      let highest = scores.max() ?? 0
      let exponentials = scores.map { exp(Double($0 - highest)) }
      let total = exponentials.reduce(0, +)
      for value in exponentials { probabilities.append(value / total) }
    }
    return probabilities
  }

  /// How well several models rank the opened app together, by the mean of their probabilities.
  mutating func parts(
    _ predictor: Predictor, _ models: [WeighedModel], on data: ClientData, of test: TestMoments
  ) -> [ClientEvaluation.Part] {
    if models.count == 1 {
      return parts(predictor, models[0].parameters, on: data, of: test)
    }
    let examples = data.examples
    var pool = [Double](repeating: 0, count: examples.candidateApps.count)
    for model in models {
      for (index, probability) in probabilities(model.parameters, examples).enumerated() {
        pool[index] += model.weight * probability
      }
    }
    var tallies = PeriodTallies(of: predictor, configuration)
    for example in 0..<examples.count {
      let candidates = examples.candidates(of: example)
      pool[candidates].map { Float(log(max($0, 1e-30))) }.withUnsafeBufferPointer { scores in
        tallies.record(
          scores: scores, candidates: data.candidates[candidates],
          target: Int(examples.targetCandidates[example]), at: example, of: test)
      }
    }
    return tallies.parts
  }
}
