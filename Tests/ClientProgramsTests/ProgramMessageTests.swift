import Testing
import Wire

import ClientPrograms

/// Messages between a worker and a client program against bytes that Vectors/messages.py writes.
struct ProgramMessageTests {
  static func bytes(_ hex: String) -> [UInt8] {
    var rest = Substring(hex)
    var bytes: [UInt8] = []
    while let byte = UInt8(rest.prefix(2), radix: 16), !rest.isEmpty {
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Each with its type and the bytes of its payload; written by Vectors/messages.py.
  static let vectors: [(message: ProgramMessage, type: UInt16, hex: String)] = [
    (.setup(Array("{}".utf8)), 1, "7b7d"),
    (.ready(Array("{}".utf8)), 101, "7b7d"),
    (.initialize, 30, ""),
    (
      .model(round: 7, parameters: [1, -0.5]), 2,
      "070000000000000002000000000000000000803f000000bf"
    ),
    (.train(clients: [3, 300]), 3, "0203ac02"),
    (.evaluate(clients: [3, 300]), 5, "00020000000000000003000000000000002c01000000000000"),
    (.initial(parameters: [0.25]), 131, "01000000000000000000803e"),
    (
      .report(ProgramReport(client: 3, examples: 12, loss: 1.5, values: [2])), 132,
      "03000000000000000c00000000000000000000000000f83f010000000000000000000040"
    ),
    (
      .measured(
        ClientMetrics(
          client: 3, examples: 4,
          metrics: [ClientMetrics.Metric("accuracy", 0.5), ClientMetrics.Metric("f1", 0.25)])),
      130,
      "0300000000000000040000000000000002080000000000000061636375726163790000000000"
        + "00e03f02000000000000006631000000000000d03f"
    ),
    (.failed(reason: "no"), 105, "4100000002000000000000006e6f"),
  ]

  @Test(arguments: vectors.indices)
  func messagesHaveTheseBytes(_ index: Int) throws {
    let vector = Self.vectors[index]
    #expect(vector.message.code.rawValue == vector.type)
    #expect(vector.message.encoded() == Self.bytes(vector.hex))
    #expect(
      try ProgramMessage(type: vector.type, payload: Self.bytes(vector.hex)) == vector.message)
  }

  /// A payload that is cut anywhere, or has a byte too many, is no message.
  @Test(arguments: vectors.indices)
  func everyOtherLengthIsRefused(_ index: Int) throws {
    let vector = Self.vectors[index]
    guard ![1, 101].contains(vector.type) else { return }
    let bytes = Self.bytes(vector.hex)
    for payload in (0..<bytes.count).map({ Array(bytes.prefix($0)) }) + [bytes + [0]] {
      #expect(throws: WireError.self) {
        try ProgramMessage(type: vector.type, payload: payload)
      }
    }
  }

  @Test func otherTypesAreUnknown() {
    for type: UInt16 in [0, 4, 6, 31, 100, 102, 110, 133, 999] {
      #expect(throws: WireError.unknownMessage(type)) {
        try ProgramMessage(type: type, payload: [])
      }
    }
  }

  @Test(arguments: [
    ([("accuracy", 1.5)], false), ([("accuracy", 1.0)], true), ([("loss", .nan)], true),
    ([("a", 1.0), ("a", 2.0)], false), ([("", 1.0)], false), ([("a,b", 1.0)], false),
    ([("f1-macro_2.x", 1.0)], true),
  ])
  func metricsNeedNamesAndShares(_ metrics: [(String, Double)], isRight: Bool) {
    let measured = ClientMetrics(
      client: 0, examples: 1, metrics: metrics.map { ClientMetrics.Metric($0.0, $0.1) })
    #expect((measured.problem == nil) == isRight)
  }
}
