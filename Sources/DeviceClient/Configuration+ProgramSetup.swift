import ClientPrograms
import Federation

extension Configuration {
  /// What a client program is told of the experiment: no key, no noise, nothing of other clients.
  package var programSetup: ProgramSetup {
    let local = training.local
    return ProgramSetup(
      name: name, seed: seed, clients: population.clients, parameters: model.parameters.value ?? 0,
      rounds: training.rounds, cohortSize: training.cohortSize, maxExamples: training.maxExamples,
      local: ProgramSetup.Local(
        optimizer: local.optimizer.rawValue, epochs: local.epochs, steps: local.steps.value,
        batchSize: local.batchSize, learningRate: local.learningRate, momentum: local.momentum,
        weightDecay: local.weightDecay))
  }

  /// How long a program may be silent, in seconds: less than its worker, which has to tell of it.
  package var programDeadline: Double { 0.8 * workers.deadlineSeconds }
}
