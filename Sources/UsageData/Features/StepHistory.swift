import Models

/// The last few steps from one open to the next.
struct StepHistory: Sendable {
  /// One app and the moment just after it, lanes as `FeatureLayout.Step`.
  struct Step: Sendable {
    /// A vocabulary id, or -1 where there was no app before.
    var app: Int32 = -1
    var values = SIMD8<Float>(repeating: 0)
  }

  /// A ring of the steps before the moment of prediction; the oldest is at `next`.
  private var ring: [Step]
  private var next = 0

  init(length: Int) {
    precondition(length > 0, "a sequence has at least one step")
    ring = [Step](repeating: Step(), count: length - 1)
  }

  mutating func append(_ step: Step) {
    guard !ring.isEmpty else { return }
    ring[next] = step
    next = (next + 1) % ring.count
  }

  /// Appends the sequence that ends with `last` to the examples.
  func write(endingWith last: Step, into examples: inout Examples) {
    for offset in ring.indices {
      Self.write(ring[(next + offset) % ring.count], into: &examples)
    }
    Self.write(last, into: &examples)
  }

  mutating func removeAll() {
    for index in ring.indices { ring[index] = Step() }
    next = 0
  }

  private static func write(_ step: Step, into examples: inout Examples) {
    examples.apps.append(step.app)
    for lane in 0..<FeatureLayout.Step.width { examples.steps.append(step.values[lane]) }
  }
}
