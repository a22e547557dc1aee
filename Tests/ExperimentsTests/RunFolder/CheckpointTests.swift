import Experiments
import Federation
import Foundation
import Testing

struct CheckpointTests {
  static func checkpoint() throws -> Checkpoint {
    var server = Configuration().training.server
    server.optimizer = .yogi
    var state = ServerState(
      parameters: [.pi, -0.0, .leastNonzeroMagnitude, 1e30], server: server)
    var sum = UpdateSum(parameters: 4)
    #expect([0.1, -0.2, 1e-9, 100].withUnsafeBufferPointer { sum.add($0, weight: 3) })
    _ = state.finishRound(along: sum.values.map { Double($0) / 0x1p30 })
    var confidence = ConfidenceTally()
    confidence.record(confidence: 0.1, isHit: true)
    let tally = PredictionTally(
      ranking: RankingTally(
        examples: 3, unseen: 1, top1: 1, top3: 1, top5: 2, reciprocalRankSum: 1 / 3,
        crossEntropySum: 0.1 + 0.2), choices: ChoiceTally(), confidence: confidence)
    for split in EvaluationSplit.allCases {
      let metrics = try #require(EvaluationRow(clientTallies: [tally]))
      state.constantRows.append(
        MeasuredRow(split: split, predictor: .markov, metrics: metrics))
    }
    var checkpoint = Checkpoint(state: state, sizes: ["rounds.csv": 123, "system.csv": 0])
    checkpoint.bytesToClients = 1 << 50
    checkpoint.bytesFromClients = 7
    checkpoint.rows = checkpoint.state.constantRows
    return checkpoint
  }

  @Test func aCheckpointIsReadBackExactly() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/checkpoint", withIntermediateDirectories: false)
    let checkpoint = try Self.checkpoint()
    try checkpoint.write(to: folder.path)
    let read = try Checkpoint.read(from: folder.path)
    #expect(read == checkpoint)
    #expect(
      read.state.parameters.map(\.bitPattern) == checkpoint.state.parameters.map(\.bitPattern))
    // The next round of the one is the next round of the other.
    var (left, right) = (checkpoint.state, read.state)
    var sum = UpdateSum(parameters: 4)
    #expect([1, 2, 3, 4].withUnsafeBufferPointer { sum.add($0, weight: 1) })
    #expect(
      left.finishRound(along: sum.values.map { Double($0) / 0x1p30 })
        == right.finishRound(along: sum.values.map { Double($0) / 0x1p30 }))
    #expect(left == right)
  }

  @Test func theSameStateIsTheSameBytes() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/checkpoint", withIntermediateDirectories: false)
    let checkpoint = try Self.checkpoint()
    try checkpoint.write(to: folder.path)
    try Checkpoint.read(from: folder.path).write(to: folder.path)
    #expect(try Checkpoint.read(from: folder.path) == checkpoint)
  }

  @Test func aDamagedCheckpointIsAnError() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/checkpoint", withIntermediateDirectories: false)
    try Self.checkpoint().write(to: folder.path)
    let path = Checkpoint.path(in: folder.path)
    let data = try Data(contentsOf: URL(filePath: path))
    for damaged in [Data(), data.prefix(data.count / 2), Data("bplist00".utf8), data.dropFirst()] {
      try Data(damaged).write(to: URL(filePath: path))
      let error = try #require(
        throws: ExperimentError.self, performing: { try Checkpoint.read(from: folder.path) })
      #expect(error.code == .badData)
      #expect(error.message.hasPrefix(path))
    }
    try FileManager.default.removeItem(atPath: path)
    let error = try #require(
      throws: ExperimentError.self, performing: { try Checkpoint.read(from: folder.path) })
    #expect(error.code == .missingInput)
  }
}
