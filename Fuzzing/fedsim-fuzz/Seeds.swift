import Federation
import Foundation
import UsageData

@testable import Messages
@testable import Wire

/// Writes proper inputs for what people do not write by hand: messages, frames and a model file.
func writeSeeds(to folder: String) throws {
  func write(_ bytes: some Sequence<UInt8>, as name: String) throws {
    let url = URL(fileURLWithPath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
  let key = [UInt8](repeating: 7, count: 32)
  for (name, messages) in conversations() {
    let written = messages.map { $0.encoded() }
    let raw = written.flatMap { type, payload -> [UInt8] in
      var writer = ByteWriter()
      writer.append(type)
      writer.append(UInt16(payload.count))
      return writer.bytes + payload
    }
    let frames = written.flatMap { Frame.encode(type: $0.type, payload: $0.payload) }
    var seal = FrameSeal(key: key, own: .coordinator)
    let sealed = written.flatMap { type, payload in
      Frame.encode(type: type, payload: seal.seal(type: type, payload: payload))
    }
    try write("0".utf8 + frames, as: "frames/0-\(name)")
    try write("1".utf8 + sealed, as: "frames/1-\(name)")
    for digit in 2...5 { try write("\(digit)".utf8 + raw, as: "frames/\(digit)-\(name)") }
  }
  try write(try safetensorsSeed(), as: "safetensors/proper")
}

/// Every message once, those that belong together in one conversation.
private func conversations() -> [(String, [Message])] {
  let tally = PredictionTally(
    ranking: RankingTally(
      examples: 9, unseen: 1, top1: 2, top3: 3, top5: 4, reciprocalRankSum: 3, crossEntropySum: 5),
    choices: ChoiceTally(apps: [.init(app: 1, predicted: 9, opened: 2, hits: 2)]) ?? ChoiceTally(),
    confidence: ConfidenceTally(outcomes: [1, 2, 3]) ?? ConfidenceTally())
  let evaluation = ClientEvaluation(
    client: 5, traits: ClientTraits(archetype: nil, history: ClientHistory()),
    parts: [.init(.federated, .test, tally), .init(.markov, .coldTest, tally)])
  var day = ClientLife.Day()
  day.unlocks = 3
  day.outcomes = [.init()]
  let parameters = [Float](repeating: 0.25, count: 72)
  return [
    ("setup", Array(Conversation.plain.prefix(1))),
    ("model", [.model(round: 1, parameters: parameters)]),
    (
      "train",
      [
        .train(clients: [0, 7, 29]), .collect, .round(RoundParameters(clippingBound: 0.5)),
        .train(clients: [3]),
      ]
    ),
    ("evaluate", [.evaluate(clients: [5], isFirst: true)]),
    (
      "session",
      [
        .round(
          RoundParameters(
            session: .init(identifier: [UInt8](repeating: 7, count: 32), cohort: [1, 4, 5])))
      ]
    ),
    (
      "relay",
      [
        .relay(participant: 1, isReplay: false, message: []),
        .relay(participant: 2, isReplay: true, message: [1, 2, 3]),
      ]
    ),
    ("pool", [.pool(clients: [1, 2], pass: 1, learningRate: 0.1)]),
    ("seal", [.seal(key: [UInt8](repeating: 9, count: 32))]),
    ("versions", [.versions([parameters]), .live(clients: [1], firstDay: 3, days: 2)]),
    (
      "answers",
      [
        .ready(.own(parameters: 72, build: "a build")),
        .trained([
          .init(client: 3, outcome: .idle),
          .init(client: 4, outcome: .reported(examples: 64, weight: 64, loss: 2, norm: 0.5)),
        ]),
        .sum(UpdateSum(values: [1, -2, 3, 4], weight: 64, count: 1)),
      ]
    ),
    ("states", [.state(ClientState(client: 3, values: parameters)), .train(clients: [3])]),
    ("kept", [.kept(ClientState(client: 3, values: parameters))]),
    ("evaluated", [.evaluated(evaluation)]),
    (
      "answer",
      [
        .answer(participant: 1, .message([1, 2])), .answer(participant: 2, .silence),
        .answer(participant: 3, .refusal("no")),
      ]
    ),
    ("lived", [.lived(ClientLife(client: 5, days: [day]))]),
    ("pooled", [.pooled(parameters: [1, 2]), .failed(exitCode: 65, reason: "a reason")]),
  ]
}
