import ClientPrograms
import Federation
import Sealing
import Wire

extension Message {
  /// Reads a frame; throws what is wrong with it.
  package init(type: UInt16, payload: [UInt8]) throws(WireError) {
    guard let code = Code(rawValue: type) else { throw .unknownMessage(type) }
    var reader = ByteReader(payload)
    switch code {
    case .setup:
      self = .setup(payload)
      return
    case .model:
      self = .model(round: try reader.readInt(), parameters: try reader.readArray(of: Float.self))
    case .train:
      self = .train(
        clients: try reader.readList { reader throws(WireError) in try reader.readCompact() })
    case .collect:
      self = .collect
    case .evaluate:
      let isFirst = try reader.read(UInt8.self) == 1
      self = .evaluate(clients: try reader.readArray(of: Int.self), isFirst: isFirst)
    case .round:
      self = .round(try RoundParameters(from: &reader))
    case .relay:
      let participant = try reader.readInt()
      let isReplay = try reader.read(UInt8.self) == 1
      self = .relay(
        participant: participant, isReplay: isReplay,
        message: try reader.readArray(of: UInt8.self))
    case .pool:
      let clients = try reader.readArray(of: Int.self)
      let pass = try reader.readInt()
      let rate = try reader.readDouble()
      guard rate > 0, rate.isFinite else { throw .malformed("a learning rate of \(rate)") }
      self = .pool(clients: clients, pass: pass, learningRate: rate)
    case .seal:
      self = .seal(
        key: try (0..<SealingKey.length).map { _ throws(WireError) in try reader.read(UInt8.self) })
    case .versions:
      self = .versions(
        try reader.readList { reader throws(WireError) in try reader.readArray(of: Float.self) })
    case .live:
      let clients = try reader.readArray(of: Int.self)
      self = .live(clients: clients, firstDay: try reader.readInt(), days: try reader.readInt())
    case .state:
      self = .state(try ClientState(from: &reader))
    case .initialize:
      self = .initialize
    case .survey:
      self = .survey(
        clients: try reader.readList { reader throws(WireError) in try reader.readCompact() })
    case .surveyed:
      self = .surveyed(
        try reader.readList { reader throws(WireError) in try ClientConditions(from: &reader) })
    case .measured:
      let measured = try ClientMetrics(from: &reader)
      if let problem = measured.problem { throw .malformed(problem) }
      self = .measured(measured)
    case .kept:
      self = .kept(try ClientState(from: &reader))
    case .update:
      let client = try reader.readInt()
      let values = try reader.readArray(of: Float.self)
      let bound = UpdateSum.largestCoordinate
      guard values.allSatisfy({ abs($0) < bound }) else {
        throw .malformed("an update of numbers that none can have")
      }
      self = .update(client: client, values: values)
    case .ready:
      self = .ready(try WorkerIdentity(from: &reader))
    case .usage:
      let bytes = try reader.readInt()
      guard (0..<1 << 50).contains(bytes) else { throw .malformed("a memory of \(bytes) bytes") }
      self = .usage(peakMemoryBytes: bytes)
    case .replaced:
      self = .replaced(reason: try reader.readText())
    case .bye:
      let exitCode = try reader.read(Int32.self)
      self = .bye(exitCode: exitCode, reason: try reader.readText())
    case .trained:
      self = .trained(
        try reader.readList { reader throws(WireError) in try TrainedClient(from: &reader) })
    case .sum:
      self = .sum(try UpdateSum(from: &reader))
    case .evaluated:
      self = .evaluated(try ClientEvaluation(from: &reader))
    case .answer:
      self = .answer(participant: try reader.readInt(), try Answer(from: &reader))
    case .lived:
      self = .lived(try ClientLife(from: &reader))
    case .pooled:
      self = .pooled(parameters: try reader.readArray(of: Float.self))
    case .failed:
      let exitCode = try reader.read(Int32.self)
      self = .failed(exitCode: exitCode, reason: try reader.readText())
    }
    try reader.finish()
  }
}
