import Foundation
import Models

/// The contents of Vectors/models.json, which Vectors/models.py writes with PyTorch.
struct ModelVectors: Decodable {
  struct Case: Decodable, Sendable {
    let model: String
    let names: [String]
    let parameters: [Float]
    let loss: Double
    let gradient: [Double]
    let scores: [Double]
    let trained: [Double]
    let trainedWithoutMomentum: [Double]
  }

  struct Group: Decodable, Sendable {
    let shape: ExampleShape
    let embedding: Int
    let hidden: Int
    let examples: StoredExamples
    let cases: [Case]
  }

  struct StoredExamples: Decodable, Sendable {
    let apps: [Int32]
    let steps: [Float]
    let context: [Float]
    let counts: [Int]
    let candidateApps: [Int32]
    let candidateFeatures: [Float]
    let targets: [Int32]
    let targetCandidates: [Int32]

    func examples(_ shape: ExampleShape) -> Examples {
      var examples = Examples(shape: shape)
      examples.apps = apps
      examples.steps = steps
      examples.context = context
      for count in counts {
        examples.candidateOffsets.append(examples.candidateOffsets.reduce(0, max) + count)
      }
      examples.candidateApps = candidateApps
      examples.candidateFeatures = candidateFeatures
      examples.targets = targets
      examples.targetCandidates = targetCandidates
      return examples
    }
  }

  let learningRate: Float
  let momentum: Float
  let weightDecay: Float
  let steps: Int
  let groups: [Group]

  static func load() throws -> ModelVectors {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Vectors/models.json")
    return try JSONDecoder().decode(ModelVectors.self, from: Data(contentsOf: file))
  }
}
