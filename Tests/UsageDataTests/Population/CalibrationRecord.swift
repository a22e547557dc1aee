import UsageData

/// Hits of events with stated probabilities.
struct Tally {
  var hits = 0
  var events = 0
  var expected = 0.0
  /// If the events are independent, or exclude each other, the variance of `hits` is at most this.
  var variance = 0.0

  /// Distance between hits and expectation in standard errors.
  var standardScore: Double { (Double(hits) - expected) / variance.squareRoot() }
  var share: Double { Double(hits) / Double(events) }

  mutating func add(probability: Double, happened: Bool) {
    events += 1
    if happened { hits += 1 }
    expected += probability
    variance += probability * (1 - probability)
  }
}

/// What the ceiling states beside what happens, over many clients.
struct CalibrationRecord {
  /// Every app of every moment, in 20 bins of the stated probability.
  var reliability = [Tally](repeating: Tally(), count: 20)
  /// The most probable app of every moment.
  var topOne = Tally()
  /// Single apps under conditions that the phone sees: by name.
  var groups: [(name: String, tally: Tally)] = [
    "the last app, locked under a minute", "the last app, locked for long",
    "the app of the notification", "the most probable app at a weekend",
    "the most probable app away from home", "the most probable app in the last week",
    "the newest app within two days",
  ].map { ($0, Tally()) }

  init(preset: PopulationPreset, task: PredictionTask, moments wanted: Int) {
    let population = SyntheticPopulation(seed: 17, clients: 1_000, days: 28, preset: preset)
    var client = 0
    while topOne.events < wanted {
      add(client, of: population, task)
      client += 1
    }
  }

  private mutating func add(
    _ client: Int, of population: SyntheticPopulation, _ task: PredictionTask
  ) {
    let history = population.history(of: client)
    let moments = task.moments(in: history)
    let ceiling = population.ceiling(of: client, history: history, moments: moments, task: task)
    for (index, moment) in moments.enumerated() {
      let range = ceiling.offsets[index]..<ceiling.offsets[index + 1]
      let target = history.opens[moment.open].app
      let best = ceiling.apps[range.lowerBound]
      for entry in range {
        let probability = ceiling.probabilities[entry]
        reliability[min(Int(probability * 20), 19)]
          .add(probability: probability, happened: ceiling.apps[entry] == target)
      }
      topOne.add(
        probability: ceiling.probabilities[range.lowerBound], happened: best == target)

      func record(_ group: Int, _ app: Int32) {
        let probability = zip(ceiling.apps[range], ceiling.probabilities[range])
          .first { $0.0 == app }?.1
        groups[group].tally.add(probability: probability ?? 0, happened: app == target)
      }
      let session = history.sessions[moment.session]
      if LocalClock.isWeekend(session.start) { record(3, best) }
      if session.context.place > 1 { record(4, best) }
      if session.start >= SyntheticPopulation.start + 21 * LocalClock.day { record(5, best) }
      if let newest = history.installs.last(where: { $0.time < session.start }),
        moment.time - newest.time < 2 * LocalClock.day
      {
        record(6, newest.app)
      }
      guard moment.open == session.opens.lowerBound, moment.session > 0, moment.open > 0 else {
        continue
      }
      let gap = session.start - history.sessions[moment.session - 1].end
      if task == .firstApp { record(gap < 60 ? 0 : 1, history.opens[moment.open - 1].app) }
      if session.context.notification >= 0 { record(2, session.context.notification) }
    }
  }
}
