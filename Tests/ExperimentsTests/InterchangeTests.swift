import Experiments
import Federation
import Foundation
import Models
import Testing
import UsageData

/// A trained model read by other people's software: same scores from Vectors/forward.py.
@Suite(
  .serialized, .enabled(if: Python.isHere, "python3 is not here; nothing else can read the file"))
struct InterchangeTests {
  static func configuration(_ kind: ModelConfiguration.Kind) -> Configuration {
    var configuration = Configuration()
    configuration.population.clients = 20
    configuration.population.days = 10
    configuration.model.kind = kind
    configuration.model.vocabulary = 60
    if kind == .lstm || kind == .lstmRanker {
      configuration.model.hidden = 12
      configuration.model.embedding = 6
    }
    configuration.training.rounds = 2
    configuration.training.cohortSize = 8
    configuration.training.local.learningRate = 0.2
    configuration.evaluation.every = 0
    return configuration
  }

  struct Input: Encodable {
    var apps: [Int32]
    var steps: [Float]
    var context: [Float]
    var offsets: [Int]
    var candidates: [Int32]
    var features: [Float]
  }

  // The model of a client program is its own.
  @Test(arguments: ModelConfiguration.Kind.allCases.filter { $0 != .worker })
  func numPyGivesTheSameScores(kind: ModelConfiguration.Kind) async throws {
    let python = try Python.executable()
    let folder = try TemporaryFolder()
    let configuration = Self.configuration(kind)
    _ = try await ExperimentRunTests.start(configuration, at: "\(folder.path)/run", workers: 1)
    let path = "\(folder.path)/run/model.safetensors"
    let examples = Self.examples(of: configuration)
    let model = configuration.makeModel()
    let parameters = try Safetensors.decode(
      Data(contentsOf: URL(filePath: path)), layout: model.layout, path: path
    ).parameters
    #expect(parameters != configuration.initialParameters(of: model), "the model has learnt")
    let ours = Self.scores(model, parameters, examples)

    let input = Input(
      apps: examples.apps, steps: examples.steps, context: examples.context,
      offsets: examples.candidateOffsets, candidates: examples.candidateApps,
      features: examples.candidateFeatures)
    let text = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
    let output = try Python.run(
      python, [vectorPath("forward.py"), path, folder.file("examples.json", text)])
    let theirs = try JSONDecoder().decode([Double].self, from: output)
    #expect(theirs.count == ours.count && ours.count > 500)
    for (ours, theirs) in zip(ours, theirs) {
      #expect(abs(Double(ours) - theirs) <= 1e-5 * max(1, abs(theirs)))
    }
  }

  /// All moments of one phone.
  static func examples(of configuration: Configuration) -> Examples {
    let population = SyntheticPopulation(
      seed: configuration.seed, clients: configuration.population.clients,
      days: configuration.population.days, preset: configuration.population.preset)
    let history = population.history(of: 3)
    var features = FeatureState(task: configuration.task, shape: configuration.exampleShape)
    var examples = Examples(shape: configuration.exampleShape)
    var candidates: [Int32] = []
    features.appendExamples(
      of: history, moments: configuration.task.moments(in: history), into: &examples,
      candidates: &candidates)
    return examples
  }

  static func scores<M: Model>(_ model: M, _ parameters: [Float], _ examples: Examples) -> [Float] {
    var workspace = model.makeWorkspace(batch: 32)
    var scores = [Float](repeating: 0, count: examples.candidateApps.count)
    // Workspaces hold 32 examples: as the evaluation does, batch by batch.
    for start in stride(from: 0, to: examples.count, by: 32) {
      let range = start..<min(start + 32, examples.count)
      scores.withUnsafeMutableBufferPointer { scores in
        parameters.withUnsafeBufferPointer { parameters in
          guard let weights = parameters.baseAddress, let output = scores.baseAddress else {
            return
          }
          model.score(
            weights, examples, range: range,
            into: output + examples.candidateOffsets[range.lowerBound], &workspace)
        }
      }
    }
    return scores
  }
}

/// The Python that `make python` sets up beside the build.
enum Python {
  static var isHere: Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }
  }

  static func executable() throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL.path
    let path = "\(root)/.build/python/bin/python3"
    try #require(
      FileManager.default.isExecutableFile(atPath: path), "\(path) is missing; run `make python`")
    return path
  }

  /// What the script writes to standard output.
  static func run(_ executable: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    // Isolated: the script's own folder holds modules named as ones it imports.
    process.arguments = ["-I"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(arguments) failed")
    return data
  }
}
