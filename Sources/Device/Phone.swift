import Models
import UsageData

/// An app and the probability that it is opened next.
package struct RankedApp: Equatable, Sendable {
  /// App id of the population's catalogue.
  package var app: Int32
  package var probability: Float
}

/// One phone: a model, and what it remembers of its owner.
///
/// Events go in, ranked apps come out; nothing else of the history is kept. Once the buffers have
/// grown, a prediction allocates nothing.
package struct Phone<M: Model> {
  private let model: M
  private let parameters: [Float]
  private var workspace: M.Workspace
  private var memory: FeatureState
  /// The example of the moment of prediction alone.
  private var examples: Examples
  private var candidates: [Int32] = []
  private var scores: [Float]
  /// The apps of the latest prediction, most probable first; of equals the one used last.
  package private(set) var ranking: [RankedApp] = []

  /// Divides the scores before they become probabilities: above 1 the model is less sure of itself.
  package var temperature: Float = 1

  package init(model: M, parameters: [Float], task: PredictionTask, shape: ExampleShape) {
    precondition(parameters.count == model.layout.count, "parameters of another model")
    self.model = model
    self.parameters = parameters
    workspace = model.makeWorkspace(batch: 1)
    memory = FeatureState(task: task, shape: shape)
    examples = Examples(shape: shape)
    scores = [Float](repeating: 0, count: FeatureState.maximumCandidates)
    ranking.reserveCapacity(FeatureState.maximumCandidates)
    candidates.reserveCapacity(FeatureState.maximumCandidates)
  }

  /// The scores of the latest prediction, by candidate as `position` counts them.
  package var candidateScores: ArraySlice<Float> { scores[..<candidates.count] }

  /// Position of an app among the candidates of the latest prediction; nil if it is not there.
  package func position(of app: Int32) -> Int? { candidates.firstIndex(of: app) }

  /// What the model read of a candidate of the latest prediction, as `FeatureLayout.Candidate` orders it,
  /// and the candidate's row of the vocabulary.
  package func features(at position: Int) -> (vocabularyID: Int, values: ArraySlice<Float>) {
    let width = examples.shape.candidateWidth
    return (
      Int(examples.candidateApps[position]),
      examples.candidateFeatures[(position * width)..<((position + 1) * width)]
    )
  }

  /// Forgets the owner and keeps the model.
  package mutating func forget() {
    memory.removeAll()
    ranking.removeAll(keepingCapacity: true)
  }

  package mutating func observe(_ event: PhoneEvent) {
    switch event {
    case .install(let install): memory.observe(install: install)
    case .unlock(let time, let context): memory.observeUnlock(at: time, context: context)
    case .open(let open): memory.observe(open: open)
    case .lock(let time): memory.observeLock(at: time)
    }
  }

  /// Ranks the apps that may be opened next; the answer is in `ranking`.
  ///
  /// - Parameter time: now; that of the unlock for the first app of a session.
  package mutating func rank(at time: Int64) {
    examples.removeAll()
    candidates.removeAll(keepingCapacity: true)
    memory.write(at: time, target: -1, into: &examples)
    memory.appendCandidates(to: &candidates)
    ranking.removeAll(keepingCapacity: true)
    guard !candidates.isEmpty else { return }
    model.score(parameters, examples, range: 0..<1, into: &scores, &workspace)
    insertSorted()
    turnIntoProbabilities()
  }

  /// Few, and mostly in order already: candidates come most recent first.
  private mutating func insertSorted() {
    for (position, app) in candidates.enumerated() {
      let entry = RankedApp(app: app, probability: scores[position])
      ranking.append(entry)
      var place = position
      while place > 0, !(ranking[place - 1].probability >= entry.probability) {
        ranking[place] = ranking[place - 1]
        place -= 1
      }
      ranking[place] = entry
    }
  }

  private mutating func turnIntoProbabilities() {
    let highest = ranking[0].probability
    // Powers of two in plain arithmetic: the same bits on every processor.
    let scale = Float(1.442_695) / temperature
    var total: Float = 0
    for index in ranking.indices {
      let weight = FeatureMath.exp2((ranking[index].probability - highest) * scale)
      ranking[index].probability = weight
      total += weight
    }
    for index in ranking.indices { ranking[index].probability /= total }
  }
}
