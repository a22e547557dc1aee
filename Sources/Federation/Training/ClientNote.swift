/// What one client knows of its own part in a round; who else hears of it depends on the codec.
package struct ClientNote: Equatable, Sendable {
  package enum Fate: Equatable, Sendable {
    case reported
    /// Has no example to learn from.
    case idle
    /// Its update was not finite or too large to be summed.
    case diverged
  }

  package var fate: Fate
  package var examples = 0
  package var weight = 1
  /// Mean training loss (nats) of the first local epoch.
  package var loss = 0.0
  /// Euclidean norm of the update before clipping.
  package var norm = 0.0
  package var isClipped = false
  /// Whether the codec cut a coordinate of the update.
  package var isCut = false
  /// What the norm of the update, as it is now, does not exceed.
  package var largestNorm = Double.infinity

  package init(_ fate: Fate) { self.fate = fate }

  /// Of a client whose update can be seen to be there, in the clear.
  package var outcome: ClientOutcome {
    switch fate {
    case .reported: .reported(examples: examples, weight: weight, loss: loss, norm: norm)
    case .idle: .idle
    case .diverged: .diverged
    }
  }
}

extension CohortNumbers {
  /// Those of one client.
  package init(_ note: ClientNote) {
    self.init()
    switch note.fate {
    case .idle: idle = 1
    case .diverged: diverged = 1
    case .reported:
      reported = 1
      examples = Double(note.examples)
      // A loss that is not a number passes for the largest; `min` would keep it.
      let loss = note.loss < Self.largestLoss ? note.loss : Self.largestLoss
      lossSum = loss * examples
      if note.isClipped { clipped = 1 }
    }
  }

  /// Those of a cohort whose clients are heard one by one, added in their order.
  package init(_ outcomes: [ClientOutcome], clippingBound: Double?) {
    self.init()
    for outcome in outcomes {
      switch outcome {
      case .reported(let own, _, let loss, let norm):
        reported += 1
        examples += Double(own)
        lossSum += loss * Double(own)
        if let clippingBound, norm > clippingBound { clipped += 1 }
      case .idle: idle += 1
      case .diverged: diverged += 1
      case .dropped: break
      case .encoded, .noiseOnly, .cut:
        preconditionFailure("encoded updates are counted by their sum")
      }
    }
  }
}
