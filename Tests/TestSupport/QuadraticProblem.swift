import Federation
import LinearAlgebra
import Models
import Privacy

/// One parameter w; every example has the loss a/2 · (w − b)².
package struct QuadraticModel: Model {
  package struct Workspace {}

  package static let shape = ExampleShape(
    vocabulary: 1, sequenceLength: 1, stepWidth: 1, contextWidth: 2, candidateWidth: 1)

  package let layout: ParameterLayout

  package init() {
    var layout = ParameterLayout()
    layout.append("w", 1)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { true }
  package func makeWorkspace(batch: Int) -> Workspace { Workspace() }
  package func initialParameters(using stream: inout RandomStream) -> [Float] { [1] }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    var (loss, slope): (Float, Float) = (0, 0)
    for index in batch {
      let (a, b) = (examples.context[2 * Int(index)], examples.context[2 * Int(index) + 1])
      let distance = parameters[0] - b
      loss += a / 2 * distance * distance
      slope += a * distance
    }
    gradient[0] = slope / Float(batch.count)
    return loss / Float(batch.count)
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {}
}

/// A body u and a head v; every example has the loss a/2 · (u v − b)².
package struct ProductModel: Model {
  package struct Workspace {}

  package let layout: ParameterLayout

  package init() {
    var layout = ParameterLayout()
    layout.append("body", 1)
    layout.append("head", 1)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { true }
  package func makeWorkspace(batch: Int) -> Workspace { Workspace() }
  package func initialParameters(using stream: inout RandomStream) -> [Float] { [1, 0.5] }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    var (loss, slope): (Float, Float) = (0, 0)
    for index in batch {
      let (a, b) = (examples.context[2 * Int(index)], examples.context[2 * Int(index) + 1])
      let distance = parameters[0] * parameters[1] - b
      loss += a / 2 * distance * distance
      slope += a * distance
    }
    slope /= Float(batch.count)
    gradient[0] = slope * parameters[1]
    gradient[1] = slope * parameters[0]
    return loss / Float(batch.count)
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {}
}

/// Rounds of an algorithm on three quadratics, by the clients' and the server's code of a run.
package struct QuadraticProblem {
  package static let model = QuadraticModel()
  package static let curvatures: [Float] = [1, 2, 4]
  package static let minimisers: [Float] = [0, 3, -1]

  /// Whether all clients are like the last one, whose minimum is then that of all.
  package var areAlike = false
  /// Whether each client trains in a worker of its own.
  package var hasOwnWorkers = false

  /// How the world treats a report.
  package enum Fate {
    case counted
    /// The upload is lost, and the client keeps what it had.
    case lost
    /// The upload is lost, and the client keeps what it has become all the same: a mistake.
    case lostButKept
    /// Counted, and the client never hears of it: a mistake.
    case countedButForgotten
  }

  package let configuration: Configuration
  package let plan: RoundPlan
  /// Nil without an attack.
  package let hostile: HostileClients?
  private let isProduct: Bool
  /// Examples of each client, all the same: so many local steps in one pass.
  package var examples = [1, 1, 1]
  package var state: ServerState
  package var states: [Int: [Float]] = [:]
  /// Bits of the last sum.
  package private(set) var sum = UpdateSum(parameters: 0)

  /// - Parameter isProduct: whether the model has a body and a head.
  package init(
    _ algorithm: any Algorithm, isProduct: Bool = false,
    _ change: (inout Configuration) -> Void = { _ in }
  ) {
    self.isProduct = isProduct
    var configuration = Configuration()
    configuration.algorithm = AlgorithmConfiguration(algorithm)
    configuration.training.cohortSize = 3
    configuration.training.maxExamples = 1
    configuration.training.local.learningRate = 0.1
    configuration.training.local.epochs = 5
    configuration.training.local.batchSize = 1
    change(&configuration)
    self.configuration = configuration
    plan = RoundPlan(
      configuration, model: isProduct ? ProductModel().layout : Self.model.layout)
    hostile = HostileClients(configuration, clients: 3)
    state = ServerState(
      parameters: isProduct ? [1, 0.5] : [1], server: configuration.training.server,
      vectors: plan.layouts.serverState.count)
  }

  package static func examples(of client: Int, count: Int) -> Examples {
    var examples = Examples(shape: QuadraticModel.shape)
    for _ in 0..<count {
      examples.apps.append(0)
      examples.steps.append(0)
      examples.context += [curvatures[client], minimisers[client]]
      examples.candidateOffsets.append(0)
      examples.targets.append(0)
      examples.targetCandidates.append(-1)
    }
    return examples
  }

  /// One round; returns the model after it.
  @discardableResult
  package mutating func next(
    _ cohort: [Int] = [0, 1, 2], clippingBound: Double? = nil,
    _ fate: (Int) -> Fate = { _ in .counted }
  ) throws -> Double {
    isProduct
      ? try next(ProductModel(), cohort, clippingBound, fate)
      : try next(Self.model, cohort, clippingBound, fate)
  }

  private mutating func next(
    _ model: some Model, _ cohort: [Int], _ clippingBound: Double?, _ fate: (Int) -> Fate
  ) throws -> Double {
    let codec = ExactGrid(length: plan.layouts.report.count)
    var local = LocalRound(plan, model: model, hostile: hostile)
    sum = UpdateSum(parameters: codec.length)
    var kept: [Int: [Float]] = [:]
    for client in cohort {
      if hasOwnWorkers { local = LocalRound(plan, model: model, hostile: hostile) }
      var own = UpdateSum(parameters: codec.length)
      _ = local.report(
        of: client, round: state.round + 1, RoundParameters(clippingBound: clippingBound),
        from: state.broadcast(plan), state: states[client] ?? [],
        on: Self.examples(of: areAlike ? 2 : client, count: examples[client]), with: codec,
        into: &own)
      let fate = fate(client)
      if fate == .counted || fate == .lostButKept { kept[client] = local.keptState }
      if fate == .counted || fate == .countedButForgotten { sum.add(own) }
    }
    var received = RoundSum(.steps(sum.values), weight: sum.weight, count: sum.count)
    _ = try state.release(&received, norms: nil, plan)
    _ = state.finishRound(along: received.mean, plan, population: 3, reported: received.count)
    states.merge(kept) { $1 }
    return Double(state.parameters[0])
  }

  package mutating func run(_ rounds: Int, cohorts: [[Int]] = [[0, 1, 2]]) throws -> [Double] {
    try (0..<rounds).map { try next(cohorts[$0 % cohorts.count]) }
  }

  /// The mean of what all clients keep, new ones with 0; 0 where they keep nothing.
  package var meanState: Double { states.values.reduce(0) { $0 + Double($1.first ?? 0) } / 3 }
}
