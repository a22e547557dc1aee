import LinearAlgebra
import UsageData

/// One whole experiment: what the YAML file says, with every default filled in.
///
/// Keys are written in snake_case. The same value goes to the workers, so both sides agree.
package struct Configuration: Codable, Equatable, Sendable {
  package var name = "experiment"
  package var seed: UInt64 = 1
  package var task = PredictionTask.firstApp
  package var population = PopulationConfiguration()
  package var model = ModelConfiguration()
  package var algorithm = AlgorithmConfiguration()
  package var personalisation = PersonalisationConfiguration()
  package var aggregator = AggregatorConfiguration()
  package var attack = AttackConfiguration()
  package var devices = DeviceConfiguration()
  package var availability = AvailabilityConfiguration()
  package var schedule = ScheduleConfiguration()
  package var training = TrainingConfiguration()
  package var privacy = PrivacyConfiguration()
  package var secureAggregation = SecureAggregationConfiguration()
  package var evaluation = EvaluationConfiguration()
  package var faults = FaultConfiguration()
  package var checkpoint = CheckpointConfiguration()
  package var workers = WorkerConfiguration()
  package var lifecycle = LifecycleConfiguration()

  /// What noise, cohorts and all other draws follow from that nobody may foresee; nil where they follow
  /// from the seed.
  ///
  /// In no file of an experiment: the checkpoint alone has it.
  package var secret: RandomKey?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case name, seed, task, population, model, algorithm, personalisation, aggregator, attack,
      devices, availability, schedule, training, privacy,
      secureAggregation
    case evaluation, faults, checkpoint, workers, lifecycle
  }

  /// Whether a run of this experiment has a key of its own.
  package var needsSecret: Bool {
    privacy.mechanism != .none && privacy.randomness == .system
  }

  /// A stream for draws of training: from the run's key where it has one.
  package func stream(_ purpose: StreamPurpose, round: Int = 0, client: Int = 0) -> RandomStream {
    precondition(secret != nil || !needsSecret, "a run whose noise is secret has a key")
    return RandomStream(
      key: secret.map(StreamKey.secret) ?? .seed(seed), purpose: purpose, round: round,
      client: client)
  }

  /// What the clients, their histories and who of them is held out follow from.
  package var populationSeed: UInt64 { population.seed.value ?? seed }

  /// What the choice of evaluated clients follows from.
  package var evaluationSeed: UInt64 { evaluation.seed.value ?? seed }
}

/// Who takes part.
package struct PopulationConfiguration: Codable, Equatable, Sendable {
  package enum Source: String, Codable, Sendable, CaseIterable {
    case synthetic, file, benchmark, worker
  }

  package var source = Source.synthetic
  /// Decides who the clients are and which are held out; left out, the experiment's own does.
  ///
  /// With one of its own, another seed of the experiment changes all else on the same clients.
  package var seed = Setting<UInt64>()
  /// Registered clients (synthetic, benchmark, worker); a file has as many as it has.
  package var clients = 1_000
  /// Length of every history (synthetic).
  package var days = 28
  package var preset = PopulationPreset.typical
  package var drift = DriftConfiguration()
  package var arrivals = ArrivalConfiguration()
  /// A log imported with `fedsim data import` (file).
  package var path = Setting<String>()
  /// Holds the key of a sealed log (file).
  package var sealKeyFile = Setting<String>()
  /// A public list of apps, the most popular first (file); left out, the clients' own data decides.
  package var vocabularyFile = Setting<String>()
  /// The date from which on nothing is trained on, `YYYY-MM-DD` by the phones' clocks (file); left
  /// out, it follows from the log's last event.
  package var trainingEnd = Setting<String>()
  /// Share of the clients that is held out of training whole, 0 or more and below 1.
  package var newClientShare = 0.1

  /// What simulated histories follow from beside seed, clients and days: the preset, and what else
  /// is set.
  package var ways: [String] {
    var ways = [preset.rawValue]
    if let day = drift.day.value {
      ways += [
        "drift \(day)", "of \(drift.share)", "to \((drift.preset.value ?? preset).rawValue)",
      ]
    }
    if arrivals.share > 0 { ways += ["arrivals \(arrivals.share)", "over \(arrivals.days)"] }
    return ways
  }
}

/// A change of everybody's ways (synthetic).
package struct DriftConfiguration: Codable, Equatable, Sendable {
  /// Day from which on all choose by new habits, the first being 0; left out, nothing changes.
  package var day = Setting<Int>()
  /// Share of the clients that change.
  package var share = 1.0
  /// How regular they are then; left out, as before.
  package var preset = Setting<PopulationPreset>()
}

/// Clients who come later (synthetic).
package struct ArrivalConfiguration: Codable, Equatable, Sendable {
  /// Share of all clients.
  package var share = 0.0
  /// They come evenly over so many first days.
  package var days = 90
}

/// What is trained.
package struct ModelConfiguration: Codable, Equatable, Sendable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case logistic, softmax, lstm
    case lstmRanker = "lstm_ranker"
    case worker
  }

  package var kind = Kind.lstmRanker
  /// Apps a model can tell apart; rarer ones share the last id.
  package var vocabulary = 256
  /// Previous apps the model reads.
  package var sequenceLength = 8
  package var embedding = 16
  package var hidden = 32
  /// Numbers of a model that a client program trains (worker).
  package var parameters = Setting<Int>()
}

/// Rounds, cohorts and optimizers.
package struct TrainingConfiguration: Codable, Equatable, Sendable {
  package enum Sampling: String, Codable, Sendable, CaseIterable {
    case fixedSize = "fixed_size"
    case poisson
    case minSeparation = "min_separation"
    case cyclic
    case randomAllocation = "random_allocation"
  }
  package enum Weighting: String, Codable, Sendable, CaseIterable { case uniform, examples }

  package var rounds = 100
  /// Clients a round (fixed_size, min_separation), or their expected number (poisson, cyclic,
  /// random_allocation; there a block has as many rounds as cohorts make up the population).
  package var cohortSize = 100
  package var sampling = Sampling.fixedSize
  /// Rounds from one participation of a client to its next, at least (min_separation); groups that
  /// take turns, each client in one (cyclic).
  package var minSeparation = Setting<Int>()
  /// Largest cohort (poisson): of a larger one a random part is kept; left out, there is no limit.
  package var capacity = Setting<Int>()
  package var weighting = Weighting.uniform
  /// Training examples of one client in one round; more are thinned by a keyed draw.
  package var maxExamples = 256
  /// Days before the end of training that are learned from; left out, all.
  package var windowDays = Setting<Int>()
  /// How often an example counts whose first suggestion, by the model of the round, was ignored;
  /// others count once.
  package var ignoredWeight = 1
  package var local = LocalConfiguration()
  package var server = ServerConfiguration()
  package var stop = StopConfiguration()
}

/// Training on one client.
package struct LocalConfiguration: Codable, Equatable, Sendable {
  package enum Optimizer: String, Codable, Sendable, CaseIterable { case sgd, adam, adagrad }

  package var optimizer = Optimizer.sgd
  package var epochs = 1
  /// Instead of `epochs`: steps of every client, however many examples it has.
  package var steps = Setting<Int>()
  package var batchSize = 16
  package var learningRate = 0.05
  package var momentum = 0.0
  package var weightDecay = 0.0
  /// Decay of the first moment (adam).
  package var beta1 = 0.9
  /// Decay of the second moment (adam).
  package var beta2 = 0.999
  /// Added to the root of the second moment (adam, adagrad).
  package var epsilon = 1e-8
}

/// The step the server takes along the averaged update.
package struct ServerConfiguration: Codable, Equatable, Sendable {
  package enum Optimizer: String, Codable, Sendable, CaseIterable {
    case sgd, momentum, adam, adagrad, yogi
  }

  package var optimizer = Optimizer.sgd
  package var learningRate = 1.0
  /// Decay of the first moment (momentum, adam, yogi).
  package var beta1 = 0.9
  /// Decay of the second moment (adam, yogi).
  package var beta2 = 0.99
  /// Added to the root of the second moment (adam, adagrad, yogi).
  package var epsilon = 1e-3
}

/// What is measured, on whom, how often.
package struct EvaluationConfiguration: Codable, Equatable, Sendable {
  /// Rounds between evaluations; 0 evaluates nothing.
  ///
  /// The last round is evaluated in any case.
  package var every = 20
  /// Whether the model is also evaluated before the first round, as round 0.
  package var initial = false
  /// Decides which of the clients are evaluated; left out, the experiment's own does.
  ///
  /// With this and `population.seed`, another seed of the experiment is judged on the same clients.
  package var seed = Setting<UInt64>()
  /// Training clients evaluated on their test period.
  package var clients = 400
  /// Held-out clients evaluated.
  package var newClients = 200
  /// The last days of the period are the future.
  package var testDays = 7
  /// Instead of `test_days`: the last share of each client's own moments.
  package var testFraction = Setting<Double>()
  /// Also train a model of the same kind on each evaluated client's own past alone.
  package var localOnly = true
  /// Passes over the client's own past for `local_only`.
  package var localOnlyEpochs = 2
  /// Passes over the examples of all training clients in one place, for `pooled`; 0 leaves it out.
  package var pooledEpochs = 0
  /// How often the median client one client counts at most in means over predictions; left out,
  /// there is no limit.
  package var largestClientWeight = Setting<Double>(4)
  /// Also keep the model of the best evaluation, by `training.stop.metric`.
  package var keepBest = false
}

/// What goes wrong on purpose.
package struct FaultConfiguration: Codable, Equatable, Sendable {
  /// Probability that a client vanishes in the middle of a round, before it sends its update.
  package var dropoutRate = 0.0
  // The other moments exist with secure aggregation only.
  /// Probability of vanishing before the keys are sent.
  package var beforeKeysRate = 0.0
  /// Probability of vanishing after the shares are sent, before training.
  package var afterSharesRate = 0.0
  /// Probability of vanishing after the update is sent, before the survivors are confirmed.
  package var afterUploadRate = 0.0
  /// Probability of vanishing after that, before the shares of the masks are disclosed.
  package var beforeUnmaskRate = 0.0
  /// Share of a client's training examples whose label is replaced by one of the candidates.
  package var shuffledLabelRate = 0.0

  package init() {}
}

/// What is saved on the way.
package struct CheckpointConfiguration: Codable, Equatable, Sendable {
  /// Rounds between checkpoints; `resume` repeats at most that many.
  package var every = 10
}
