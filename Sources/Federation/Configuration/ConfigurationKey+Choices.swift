/// One word that a key takes, and what it stands for.
package struct ChoiceMeaning: Equatable, Sendable {
  package var word: String
  /// One sentence.
  package var meaning: String

  init(_ word: String, _ meaning: String) {
    self.word = word
    self.meaning = meaning
  }
}

extension ConfigurationKey {
  /// What the words mean that the key takes, in the order of its kind; empty for a key without words.
  package var choices: [ChoiceMeaning] {
    guard case .choice(let words) = kind else { return [] }
    let known = Self.choiceMeanings[path] ?? []
    return words.map { word in
      known.first { $0.word == word } ?? ChoiceMeaning(word, "")
    }
  }

  /// By the path of the key.
  ///
  /// A test compares the words with those that the key takes.
  package static let choiceMeanings: [String: [ChoiceMeaning]] = [
    "workers.launcher": [
      ChoiceMeaning("local", "Processes of this program on this machine."),
      ChoiceMeaning("command", "The command in `workers.command`, once for each worker."),
      ChoiceMeaning(
        "slurm", "`srun`, on the machines of the Slurm allocation that the run is started in."),
    ],
    "task": [
      ChoiceMeaning("first_app", "The first app opened after an unlock."),
      ChoiceMeaning("next_app", "Every app opened that differs from the one before."),
    ],
    "population.source": [
      ChoiceMeaning("synthetic", "Simulated phones."),
      ChoiceMeaning("file", "A log imported by `fedsim data import`."),
      ChoiceMeaning("benchmark", "Ready-made random examples, for speed measurements only."),
      ChoiceMeaning(
        "worker", "Clients of a program of your own, in any language (workers.program)."),
    ],
    "population.preset": presets,
    "population.drift.preset": presets,
    "model.kind": [
      ChoiceMeaning(
        "logistic", "Conditional logistic regression over the features of the candidate apps."),
      ChoiceMeaning("softmax", "Multinomial logistic regression from the moment to the app."),
      ChoiceMeaning("lstm", "An LSTM over the previous apps, with a softmax over the vocabulary."),
      ChoiceMeaning(
        "lstm_ranker", "The LSTM's score of each candidate app plus the score of `logistic`."),
      ChoiceMeaning(
        "worker", "A model of the client program, which fedsim knows only as numbers."),
    ],
    "training.sampling": [
      ChoiceMeaning("fixed_size", "Exactly cohort_size different clients, uniformly at random."),
      ChoiceMeaning(
        "poisson", "Each client joins independently with probability cohort_size / clients."),
      ChoiceMeaning(
        "min_separation",
        "Exactly cohort_size clients, none of which took part in the last min_separation − 1 rounds."
      ),
      ChoiceMeaning(
        "cyclic", "min_separation fixed groups take turns; within one, clients join independently."),
      ChoiceMeaning(
        "random_allocation",
        "Each client joins one round, drawn at random, of every block of clients / cohort_size rounds."
      ),
    ],
    "training.weighting": [
      ChoiceMeaning("uniform", "Every client counts the same."),
      ChoiceMeaning("examples", "Every client counts by its number of training examples."),
    ],
    "training.local.optimizer": [
      ChoiceMeaning("sgd", "Stochastic gradient descent, with momentum if set."),
      ChoiceMeaning("adam", "Adam (Kingma and Ba 2015)."),
      ChoiceMeaning("adagrad", "Adagrad (Duchi et al. 2011)."),
    ],
    "training.server.optimizer": [
      ChoiceMeaning("sgd", "Adds learning_rate times the averaged update."),
      ChoiceMeaning("momentum", "FedAvgM: sgd with momentum beta1."),
      ChoiceMeaning("adam", "FedAdam (Reddi et al. 2021)."),
      ChoiceMeaning("adagrad", "FedAdagrad (Reddi et al. 2021)."),
      ChoiceMeaning("yogi", "FedYogi (Reddi et al. 2021)."),
    ],
    "training.stop.metric": [
      ChoiceMeaning("accuracy_top1", "Share of predictions whose first app was right."),
      ChoiceMeaning("accuracy_top3", "Share with the right app among the first three."),
      ChoiceMeaning("accuracy_top5", "Share with the right app among the first five."),
      ChoiceMeaning("mrr", "Mean reciprocal rank of the right app."),
      ChoiceMeaning("cross_entropy", "Mean cross-entropy; smaller is better."),
      ChoiceMeaning("client_accuracy_mean", "Mean per-client accuracy."),
    ],
    "training.stop.split": [
      ChoiceMeaning("future", "The test period of training clients."),
      ChoiceMeaning("new_clients", "The test period of held-out clients."),
    ],
    "secure_aggregation.protocol": [
      ChoiceMeaning("none", "The server sees every update."),
      ChoiceMeaning(
        "secagg", "SecAgg on the complete graph: all pairs of clients mask (Bonawitz et al. 2017)."),
      ChoiceMeaning(
        "secagg_plus", "SecAgg+: each client masks against some neighbours (Bell et al. 2020)."),
    ],
    "secure_aggregation.adversary": [
      ChoiceMeaning(
        "curious", "Honest-but-curious: follows the protocol and reads everything it receives."),
      ChoiceMeaning(
        "active", "May also lie to the clients, about their neighbours and about who survived."),
    ],
    "lifecycle.monitor.reference": [
      ChoiceMeaning("absolute", "1: the threshold is an accuracy."),
      ChoiceMeaning("release", "The accuracy in the first days after the latest release."),
      ChoiceMeaning(
        "ceiling", "The accuracy of the Bayes-optimal predictor, which only a simulator knows."),
    ],
  ].merging(privacyChoices) { first, _ in first }
    .merging(variantChoices) { first, _ in first }

  private static let presets = [
    ChoiceMeaning("typical", "Follows published measurements of real phones."),
    ChoiceMeaning("routine", "Strong habits: easier than any real log."),
    ChoiceMeaning("erratic", "Weak habits: harder than real logs."),
  ]

  private static let privacyChoices: [String: [ChoiceMeaning]] = [
    "privacy.mechanism": [
      ChoiceMeaning("none", "No noise; epsilon is infinite."),
      ChoiceMeaning("gaussian", "Independent Gaussian noise, added by the server (DP-FedAvg)."),
      ChoiceMeaning("tree", "Noise correlated by binary trees, added by the server (DP-FTRL)."),
      ChoiceMeaning("banded", "Noise correlated by a banded matrix, added by the server."),
      ChoiceMeaning("blt", "Noise correlated by a buffered linear Toeplitz matrix."),
      ChoiceMeaning(
        "discrete_gaussian", "Each client adds a share of discrete Gaussian noise before masking."),
      ChoiceMeaning("skellam", "Each client adds a share of Skellam noise before masking."),
      ChoiceMeaning(
        "local_gaussian", "Local differential privacy: each client adds all of the noise itself."),
    ],
    "privacy.clipping": [
      ChoiceMeaning("fixed", "clipping_bound holds for the whole run."),
      ChoiceMeaning("adaptive", "The bound follows a quantile of the update norms."),
    ],
    "privacy.accountant": [
      ChoiceMeaning("auto", "The tightest of the others that is valid."),
      ChoiceMeaning("analytic", "The exact curve of one Gaussian (Balle and Wang 2018)."),
      ChoiceMeaning(
        "pld", "Privacy loss distributions, a pessimistic estimate (Doroshenko et al. 2022)."),
      ChoiceMeaning("rdp", "Rényi differential privacy."),
      ChoiceMeaning("zcdp", "Zero-concentrated differential privacy."),
    ],
    "privacy.randomness": [
      ChoiceMeaning(
        "reproducible", "From the seed: for experiments, since who knows the seed knows the noise."),
      ChoiceMeaning(
        "system",
        "From a random key of the operating system, kept in the checkpoint until the run ends."
      ),
    ],
    "privacy.ledger_budget.composition": [
      ChoiceMeaning("basic", "Epsilons and deltas are summed."),
      ChoiceMeaning("renyi", "A Rényi filter: Rényi divergences of one order are summed."),
    ],
  ]
}
