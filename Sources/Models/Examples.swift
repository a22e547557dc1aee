/// The sizes that every example of a task shares; models and features agree on them once.
package struct ExampleShape: Equatable, Sendable, Codable {
  /// Number of app ids a model can tell apart; rarer apps share the last id.
  package var vocabulary: Int
  /// Number of previous apps per example, oldest first.
  package var sequenceLength: Int
  /// Floats of context beside each previous app.
  package var stepWidth: Int
  /// Floats of context of the moment of prediction.
  package var contextWidth: Int
  /// Floats that describe one candidate app.
  package var candidateWidth: Int

  package init(
    vocabulary: Int, sequenceLength: Int, stepWidth: Int, contextWidth: Int, candidateWidth: Int
  ) {
    self.vocabulary = vocabulary
    self.sequenceLength = sequenceLength
    self.stepWidth = stepWidth
    self.contextWidth = contextWidth
    self.candidateWidth = candidateWidth
  }
}

/// Labelled moments of one client, flat: what a model reads.
///
/// Buffers are reused between clients (`removeAll` keeps their capacity).
package struct Examples: Sendable {
  package let shape: ExampleShape
  /// examples × sequenceLength; vocabulary ids, oldest first; -1 where there is no earlier app.
  package var apps: [Int32] = []
  /// examples × sequenceLength × stepWidth; step i describes the moment just after app i,
  /// so the last step is the moment of prediction.
  package var steps: [Float] = []
  /// examples × contextWidth.
  package var context: [Float] = []
  /// examples + 1 offsets into `candidateApps`.
  package var candidateOffsets: [Int] = [0]
  /// Total candidates; vocabulary ids.
  package var candidateApps: [Int32] = []
  /// Total candidates × candidateWidth.
  package var candidateFeatures: [Float] = []
  /// examples; the vocabulary id of the app that was opened.
  package var targets: [Int32] = []
  /// examples; position of the opened app among the example's candidates, -1 if not among them.
  package var targetCandidates: [Int32] = []

  package init(shape: ExampleShape) {
    self.shape = shape
  }

  package var count: Int { targets.count }

  package func candidates(of example: Int) -> Range<Int> {
    candidateOffsets[example]..<candidateOffsets[example + 1]
  }

  package mutating func removeAll() {
    apps.removeAll(keepingCapacity: true)
    steps.removeAll(keepingCapacity: true)
    context.removeAll(keepingCapacity: true)
    candidateOffsets.removeAll(keepingCapacity: true)
    candidateOffsets.append(0)
    candidateApps.removeAll(keepingCapacity: true)
    candidateFeatures.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    targetCandidates.removeAll(keepingCapacity: true)
  }
}
