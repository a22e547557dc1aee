import Federation

/// What became of one client of a `train` message.
package struct TrainedClient: Equatable, Sendable {
  package var client: Int
  package var outcome: ClientOutcome

  package init(client: Int, outcome: ClientOutcome) {
    self.client = client
    self.outcome = outcome
  }
}

extension TrainedClient {
  func append(to writer: inout ByteWriter) {
    writer.append(compact: client)
    outcome.append(to: &writer)
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.init(client: try reader.readCompact(), outcome: try ClientOutcome(from: &reader))
  }
}

extension ClientOutcome {
  private enum Code: UInt8 { case reported = 1, idle, dropped, diverged, encoded }

  func append(to writer: inout ByteWriter) {
    switch self {
    case .reported(let examples, let weight, let loss, let norm):
      writer.append(Code.reported.rawValue)
      writer.append(compact: examples)
      writer.append(compact: weight)
      writer.append(loss)
      writer.append(norm)
    case .idle: writer.append(Code.idle.rawValue)
    case .dropped: writer.append(Code.dropped.rawValue)
    case .diverged: writer.append(Code.diverged.rawValue)
    case .encoded: writer.append(Code.encoded.rawValue)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let code = try reader.read(UInt8.self)
    switch Code(rawValue: code) {
    case .reported:
      let examples = try reader.readCount(try reader.readCompact())
      let weight = try reader.readCount(try reader.readCompact())
      guard weight <= UpdateSum.largestWeight else { throw .malformed("a weight of \(weight)") }
      self = .reported(
        examples: examples, weight: weight, loss: try reader.readDouble(),
        norm: try reader.readDouble())
    case .idle: self = .idle
    case .dropped: self = .dropped
    case .diverged: self = .diverged
    case .encoded: self = .encoded
    case nil: throw .malformed("client outcome \(code)")
    }
  }
}

extension ClientEvaluation {
  func append(to writer: inout ByteWriter) {
    writer.append(client)
    writer.append(tallies.count)
    for (predictor, tally) in tallies {
      writer.append(predictor.rawValue)
      for count in [tally.examples, tally.unseen, tally.top1, tally.top3, tally.top5] {
        writer.append(count)
      }
      writer.append(tally.reciprocalRankSum)
      writer.append(tally.crossEntropySum)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let client = try reader.readInt()
    let count = try reader.readInt()
    guard (0...Predictor.allCases.count).contains(count) else {
      throw .malformed("\(count) predictors")
    }
    var tallies: [(Predictor, RankingTally)] = []
    for _ in 0..<count {
      let code = try reader.read(UInt8.self)
      guard let predictor = Predictor(rawValue: code) else { throw .malformed("predictor \(code)") }
      let tally = RankingTally(
        examples: try reader.readCount(), unseen: try reader.readCount(),
        top1: try reader.readCount(), top3: try reader.readCount(), top5: try reader.readCount(),
        reciprocalRankSum: try reader.readDouble(), crossEntropySum: try reader.readDouble())
      tallies.append((predictor, tally))
    }
    self.init(client: client, tallies: tallies)
  }
}

extension UpdateSum {
  func append(to writer: inout ByteWriter) {
    writer.append(weight)
    writer.append(count)
    writer.append(array: values)
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let weight = try reader.readCount()
    let count = try reader.readCount()
    guard weight <= Self.largestWeight, count <= weight else {
      throw .malformed("a sum of \(count) updates of weight \(weight)")
    }
    self.init(values: try reader.readArray(of: Int64.self), weight: weight, count: count)
  }
}

extension ByteReader {
  fileprivate mutating func readCount() throws(WireError) -> Int { try readCount(try readInt()) }

  /// A number of things: not negative, and small enough that counts can be added up.
  fileprivate func readCount(_ count: Int) throws(WireError) -> Int {
    guard (0..<1 << 40).contains(count) else { throw .malformed("a count of \(count)") }
    return count
  }
}
