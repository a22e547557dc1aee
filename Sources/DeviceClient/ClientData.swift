import Federation
import LinearAlgebra
import Models
import UsageData
import UsageLog

/// The examples of one client at a time, in buffers that the next client uses again.
struct ClientData {
  /// One client's history, cut in time.
  struct Subject {
    let history: ClientHistory
    let moments: [Moment]
    let split: ChronologicalSplit
  }

  let setup: WorkerSetup
  let population: Population
  private var features: FeatureState
  /// A benchmark's data sets, nil where not yet made.
  private var benchmarkSets: [Examples?] = []
  private var firstUnmadeSet = 0
  private(set) var examples: Examples
  /// Catalogue ids, one beside each of `examples.candidateApps`.
  private(set) var candidates: [Int32] = []
  /// Clients of a survey that are about to train: to make their histories again would take as long as the
  /// survey.
  private var surveyed: [Int: Subject] = [:]
  private var surveyedRound = 0
  /// Opens and sessions in them.
  private var surveyedEvents = 0
  /// Of them in memory (some 128 MB).
  private static let mostSurveyedEvents = 1 << 22

  var configuration: Configuration { setup.configuration }

  init(setup: WorkerSetup, population: Population) {
    self.setup = setup
    self.population = population
    let shape = setup.configuration.exampleShape
    features = FeatureState(task: setup.configuration.task, shape: shape)
    examples = Examples(shape: shape)
    if case .benchmark(let benchmark) = population {
      benchmarkSets = Array(repeating: nil, count: benchmark.dataSets)
    }
  }

  // MARK: - Training

  /// Loads what the client trains on in this round: at most `training.max_examples` moments before
  /// the end of training, drawn by a keyed stream.
  mutating func loadTraining(of client: Int, round: Int) throws {
    if case .benchmark(let benchmark) = population {
      examples = benchmarkSet(benchmark.dataSet(of: client), of: benchmark)
      return
    }
    removeAll()
    try appendTraining(of: client, round: round)
    shuffleLabels(of: client, round: round)
  }

  /// Loads what these clients would train on in one round, one after the other; not for benchmarks.
  mutating func loadPooled(_ clients: [Int], pass: Int) throws {
    removeAll()
    // Rounds count up from 1: other draws than theirs.
    for client in clients { try appendTraining(of: client, round: -pass) }
  }

  private mutating func appendTraining(of client: Int, round: Int) throws {
    let subject = try surveyed.removeValue(forKey: client) ?? subject(client)
    let range = subject.split.training
    let limit = configuration.training.maxExamples
    guard range.count > limit else {
      append(subject.history, subject.moments[range])
      return
    }
    var stream = configuration.stream(.exampleSelection, round: round, client: client)
    let positions = CohortSampler.distinct(limit, below: range.count, using: &stream).sorted()
    append(subject.history, positions.map { subject.moments[range.lowerBound + $0] })
  }

  /// Gives some examples another candidate as their label, as `faults` says.
  private mutating func shuffleLabels(of client: Int, round: Int) {
    let rate = configuration.faults.shuffledLabelRate
    guard rate > 0 else { return }
    var stream = configuration.stream(.shuffledLabels, round: round, client: client)
    for example in 0..<examples.count {
      let own = examples.candidates(of: example)
      guard stream.chance(rate), !own.isEmpty else { continue }
      let chosen = stream.below(own.count)
      examples.targetCandidates[example] = Int32(chosen)
      examples.targets[example] = examples.candidateApps[own.lowerBound + chosen]
    }
  }

  private mutating func benchmarkSet(
    _ index: Int, of benchmark: BenchmarkPopulation
  ) -> Examples {
    if let made = benchmarkSets[index] { return made }
    let made = benchmark.examples(dataSet: index)
    benchmarkSets[index] = made
    return made
  }

  /// Makes another data set of a benchmark before anybody asks for it, so that rounds time
  /// training alone; false when there is none left to make.
  mutating func makeAhead() -> Bool {
    guard case .benchmark(let benchmark) = population, firstUnmadeSet < benchmarkSets.count else {
      return false
    }
    _ = benchmarkSet(firstUnmadeSet, of: benchmark)
    firstUnmadeSet += 1
    return true
  }

  /// Loads all of the client's own past.
  mutating func loadPast(of subject: Subject) {
    load(subject.moments[subject.split.past], of: subject.history)
  }

  /// Loads a part of the client's own past.
  mutating func loadPast(of subject: Subject, _ moments: Range<Int>) {
    load(subject.moments[moments], of: subject.history)
  }

  /// Loads moments that the client is tested on.
  mutating func load(_ test: TestMoments, of subject: Subject) {
    load(test.moments, of: subject.history)
  }

  // MARK: - History

  /// The client's history before a time, and its labelled moments from another on.
  func life(
    of client: Int, from start: Int64, until end: Int64
  ) throws -> (history: ClientHistory, moments: ArraySlice<Moment>) {
    let history =
      switch population {
      case .synthetic(let synthetic): synthetic.history(of: client, until: end)
      case .file(let log): ranked(try log.history(of: client))
      case .benchmark, .program: ClientHistory()
      }
    let moments = configuration.task.moments(in: history)
    let first = moments.firstIndex { $0.time >= start } ?? moments.count
    let last = moments[first...].firstIndex { $0.time >= end } ?? moments.count
    return (history, moments[first..<last])
  }

  /// Loads labelled moments of a history.
  mutating func load(_ moments: ArraySlice<Moment>, of history: ClientHistory) {
    removeAll()
    append(history, moments)
  }

  /// The client's history, made or read anew.
  func subject(_ client: Int) throws -> Subject {
    let history: ClientHistory
    switch population {
    case .synthetic(let synthetic):
      let store = setup.historyFolder.map(HistoryStore.init(folder:))
      history =
        store?.history(of: client) { synthetic.history(of: client) }
        ?? synthetic.history(of: client)
    case .file(let log): history = ranked(try log.history(of: client))
    case .benchmark, .program: history = ClientHistory()
    }
    let moments = configuration.task.moments(in: history)
    let split = ChronologicalSplit(
      of: moments, in: history, by: splitRule, trainingEnd: setup.trainingEnd,
      trainingStart: trainingStart, testEnd: setup.testEnd ?? .max)
    return Subject(history: history, moments: moments, split: split)
  }

  /// The same, kept for the training that follows.
  mutating func surveyedSubject(_ client: Int, round: Int) throws -> Subject {
    if round != surveyedRound {
      surveyed = [:]
      (surveyedRound, surveyedEvents) = (round, 0)
    }
    let subject = try subject(client)
    surveyedEvents += subject.history.opens.count + subject.history.sessions.count
    if surveyedEvents < Self.mostSurveyedEvents { surveyed[client] = subject }
    return subject
  }

  /// The history with apps numbered by rank, as vocabulary and features want them.
  private func ranked(_ history: ClientHistory) -> ClientHistory {
    guard let ranks = setup.appRanks else { return history }
    var ranking = AppRanking(ranks, listed: setup.listedApps)
    return ranking.ranked(history)
  }

  private var trainingStart: Int64 {
    configuration.training.windowDays.value
      .map { setup.trainingEnd - Int64($0) * LocalClock.day } ?? .min
  }

  private var splitRule: SplitRule {
    configuration.evaluation.testFraction.value.map(SplitRule.lastFraction)
      ?? .date(setup.trainingEnd)
  }

  private mutating func removeAll() {
    examples.removeAll()
    candidates.removeAll(keepingCapacity: true)
  }

  private mutating func append(_ history: ClientHistory, _ moments: some Collection<Moment>) {
    features.appendExamples(
      of: history, moments: moments, into: &examples, candidates: &candidates)
  }
}
