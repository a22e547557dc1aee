import Models
import SecureAggregation
import UsageData

/// How long a client's part in a round takes, in whole microseconds: overhead + operations ÷ speed + bytes ÷
/// bandwidth.
package struct ClientCosts: Equatable, Sendable {
  /// Longest time of one stage, some two hundred days: so long that sums over clients and rounds are whole.
  private static let longest = 0x1p44

  package let overhead: Int
  /// Forward and backward pass of one example, times the models that are trained.
  package let operationsPerExample: Double
  /// Bytes of the model and what else is sent with it, and of the report in clear.
  package let broadcastBytes: Double
  package let reportBytes: Double
  /// By `AggregationStage`; empty in clear.
  package let stages: [StageWork]
  private let local: LocalConfiguration

  package init(_ configuration: Configuration) throws(SecureAggregationError) {
    overhead = Int((configuration.devices.shared.overheadSeconds * 1e6).rounded())
    local = configuration.training.local
    let layouts = configuration.algorithmLayouts
    // Who keeps a whole model of its own trains that as well.
    let hasOwnModel =
      layouts.personal != nil && configuration.personalisation.method?.keepsPartLocal == false
    operationsPerExample =
      configuration.makeModel().trainingOperations * (hasOwnModel ? 2 : 1)
    broadcastBytes = Double(MemoryLayout<Float>.size * layouts.broadcast.count)
    guard let scheme = configuration.secureAggregation.protocol.scheme else {
      stages = []
      reportBytes =
        configuration.encodesUpdates
        ? Double(
          try configuration.codec(
            round: 1, cohortSize: configuration.selectedClients, length: layouts.report.count,
            RoundParameters(configuration)
          ).byteCount) : Double(MemoryLayout<Float>.size * layouts.report.count)
      return
    }
    var told = RoundParameters(configuration)
    told.session = RoundParameters.Session(
      identifier: [UInt8](repeating: 0, count: AggregationParameters.hashLength),
      cohort: Array(0..<configuration.smallestGroup))
    let sums = Double(1 + (configuration.repeatedSums?.steps ?? 0))
    stages = try AggregationSession(
      configuration, scheme: scheme, round: 1, told,
      model: [Float](repeating: 0, count: layouts.broadcast.count)
    ).parameters.stages.map { $0.repeated(sums) }
    reportBytes = 0
  }

  /// Stages that take time, in order.
  package var stagesInOrder: [AggregationStage] {
    stages.isEmpty
      ? [.input]
      : AggregationStage.allCases.filter {
        stages[$0.rawValue].bytesToClient + stages[$0.rawValue].bytesFromClient > 0
      }
  }

  /// Time of a phone in each of `stagesInOrder`.
  package func durations(examples: Int, on device: Device) -> [Int] {
    stagesInOrder.map { stage in
      guard stage == .input else { return duration(work(stage), on: device) }
      return overhead + duration(work(stage) + training(examples), on: device)
    }
  }

  /// Time from the download until the update is there; behind secure aggregation, until it is ready.
  package func trainingDuration(examples: Int, on device: Device) -> Int {
    overhead
      + duration(
        stages.isEmpty ? work(.input) + training(examples) : training(examples), on: device)
  }

  /// Time of a phone in each of `stagesInOrder`, whose update is ready.
  package func sessionDurations(on device: Device) -> [Int] {
    stagesInOrder.map { duration(work($0), on: device) }
  }

  /// What a stage takes without training; in clear, the upload.
  private func work(_ stage: AggregationStage) -> StageWork {
    guard stages.isEmpty else { return stages[stage.rawValue] }
    var work = StageWork()
    work.bytesFromClient = reportBytes
    return work
  }

  /// The model's download and local training.
  private func training(_ examples: Int) -> StageWork {
    var work = StageWork()
    work.bytesToClient = broadcastBytes
    work.operations = operationsPerExample * Double(processed(examples))
    return work
  }

  private func duration(_ work: StageWork, on device: Device) -> Int {
    let seconds =
      work.operations / device.flopsPerSecond + 8 * work.bytesToClient / device.downBitsPerSecond
      + 8 * work.bytesFromClient / device.upBitsPerSecond
    return Int(min(seconds * 1e6, Self.longest).rounded())
  }

  /// Examples that local training passes through, each as often as it does.
  private func processed(_ examples: Int) -> Int {
    switch local.work {
    case .epochs(let epochs): epochs * examples
    case .steps(let steps): steps * min(local.batchSize, examples)
    }
  }
}

extension Model {
  /// Floating-point operations of one example, forward and backward, with as many candidates as an example
  /// may have.
  fileprivate var trainingOperations: Double {
    let candidates = FeatureState.maximumCandidates
    return switch self {
    case let model as LSTM: Double(model.flopsPerExample)
    case let model as SoftmaxRegression: Double(model.flopsPerExample)
    case let model as LSTMRanker:
      Double(model.flopsPerExample + candidates * model.flopsPerCandidate)
    case let model as CandidateRanker: Double(candidates * model.flopsPerCandidate)
    default: 0
    }
  }
}
