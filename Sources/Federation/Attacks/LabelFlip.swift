import Models

/// A hostile client trains on wrong labels: the candidate as far from the end of the list as the opened app
/// is from its beginning.
///
/// Knows its own data. Label C − 1 − y of C classes, as in Fang et al., "Local Model Poisoning Attacks to
/// Byzantine-Robust Federated Learning", USENIX Security 2020 (https://arxiv.org/abs/1911.11815); the classes
/// of an example are its candidates, and the whole vocabulary where the opened app is none of them.
package struct LabelFlip: Attack {
  package static let name = "label_flip"

  package init() {}

  package static var poisonsExamples: Bool { true }

  package func poison(_ examples: inout Examples, _ context: AttackContext) {
    Self.flip(&examples)
  }

  static func flip(_ examples: inout Examples) {
    for example in 0..<examples.count {
      let candidates = examples.candidates(of: example)
      let opened = Int(examples.targetCandidates[example])
      guard opened >= 0 else {
        examples.targets[example] = Int32(examples.shape.vocabulary - 1) - examples.targets[example]
        continue
      }
      let flipped = candidates.count - 1 - opened
      examples.targetCandidates[example] = Int32(flipped)
      examples.targets[example] = examples.candidateApps[candidates.lowerBound + flipped]
    }
  }
}
