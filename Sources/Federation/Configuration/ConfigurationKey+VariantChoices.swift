/// What the names of variants stand for.
extension ConfigurationKey {
  static let variantChoices: [String: [ChoiceMeaning]] = [
    "algorithm.name": [
      ChoiceMeaning("fedavg", "Federated averaging (McMahan et al. 2017)."),
      ChoiceMeaning("fedprox", "A proximal term in the local loss (Li et al. 2020)."),
      ChoiceMeaning("scaffold", "Control variates against client drift (Karimireddy et al. 2020)."),
      ChoiceMeaning("feddyn", "A dynamic regularizer in the local loss (Acar et al. 2021)."),
      ChoiceMeaning("fednova", "Updates normalised by the local work (Wang et al. 2020)."),
      ChoiceMeaning("mimelite", "The server's momentum in local steps (Karimireddy et al. 2021)."),
      ChoiceMeaning("qfedavg", "More weight for clients with a large loss (Li et al. 2020)."),
    ],
    "personalisation.method": [
      ChoiceMeaning("none", "All clients use the shared model."),
      ChoiceMeaning("fine_tune", "Each phone trains the shared model on its own past."),
      ChoiceMeaning("fedper", "The last layer stays on the phone (Arivazhagan et al. 2019)."),
      ChoiceMeaning("fedrep", "The same, head and body trained in turn (Collins et al. 2021)."),
      ChoiceMeaning("ditto", "A personal model, pulled towards the shared one (Li et al. 2021)."),
      ChoiceMeaning("apfl", "A mixture of a personal and the shared model (Deng et al. 2020)."),
    ],
    "aggregator.name": [
      ChoiceMeaning("mean", "The mean; a single hostile client can change it at will."),
      ChoiceMeaning("norm_bound", "The mean of updates scaled down to a bound."),
      ChoiceMeaning(
        "centered_clipping", "The mean of updates clipped around the last aggregate (2021)."),
      ChoiceMeaning("geometric_median", "The geometric median, RFA (Pillutla et al. 2022)."),
      ChoiceMeaning("median", "The median of each coordinate (Yin et al. 2018)."),
      ChoiceMeaning("trimmed_mean", "The trimmed mean of each coordinate (Yin et al. 2018)."),
      ChoiceMeaning("krum", "The update nearest to its nearest others (Blanchard et al. 2017)."),
      ChoiceMeaning("multi_krum", "The mean of the best updates by the score of Krum."),
      ChoiceMeaning("fltrust", "Updates weighted by agreement with the server's own (2021)."),
    ],
    "devices.source": [
      ChoiceMeaning("none", "Time is not simulated."),
      ChoiceMeaning("lognormal", "Speeds are drawn from log-normal distributions."),
      ChoiceMeaning("file", "Speeds are read from a CSV file."),
    ],
    "availability.source": [
      ChoiceMeaning("always", "All phones are always available."),
      ChoiceMeaning("phones", "Phones that lie idle on a charger and on Wi-Fi."),
      ChoiceMeaning("file", "Intervals are read from a CSV file."),
    ],
    "availability.selection": [
      ChoiceMeaning("available", "Clients that are available at the beginning of the round."),
      ChoiceMeaning(
        "sampled", "All clients, by training.sampling; who is not available drops out."),
    ],
    "schedule.mode": [
      ChoiceMeaning("synchronous", "Waits for every client that was drawn."),
      ChoiceMeaning(
        "over_selection",
        "Draws more clients than wanted and takes the first (Bonawitz et al. 2019)."),
      ChoiceMeaning(
        "buffered", "Clients train without rounds; so many updates make a version (FedBuff)."),
      ChoiceMeaning("fedasync", "The same with every single update (FedAsync)."),
    ],
    "attack.kind": [
      ChoiceMeaning("none", "No attack."),
      ChoiceMeaning("sign_flip", "Sends the own update with the opposite sign."),
      ChoiceMeaning("label_flip", "Trains on wrong labels."),
      ChoiceMeaning("gaussian", "Sends random noise."),
      ChoiceMeaning("nan", "Sends values that are not numbers."),
      ChoiceMeaning("inner_product", "Sends the mean of the honest updates, reversed (IPM)."),
      ChoiceMeaning("little_is_enough", "Sends a small deviation from the honest mean (ALIE)."),
      ChoiceMeaning("model_replacement", "Trains on wrong labels and multiplies the update."),
      ChoiceMeaning("backdoor", "Forges examples so that one app is suggested after another."),
    ],
  ]
}
