import Federation

extension ClientOutcome {
  private enum Code: UInt8 { case reported = 1, idle, dropped, diverged }

  func append(to writer: inout ByteWriter) {
    switch self {
    case .reported(let examples, let weight, let loss, let norm):
      writer.append(Code.reported.rawValue)
      writer.append(examples)
      writer.append(weight)
      writer.append(loss)
      writer.append(norm)
    case .idle: writer.append(Code.idle.rawValue)
    case .dropped: writer.append(Code.dropped.rawValue)
    case .diverged: writer.append(Code.diverged.rawValue)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let code = try reader.read(UInt8.self)
    switch Code(rawValue: code) {
    case .reported:
      self = .reported(
        examples: try reader.readInt(), weight: try reader.readInt(),
        loss: try reader.readDouble(), norm: try reader.readDouble())
    case .idle: self = .idle
    case .dropped: self = .dropped
    case .diverged: self = .diverged
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
        examples: try reader.readInt(), unseen: try reader.readInt(), top1: try reader.readInt(),
        top3: try reader.readInt(), top5: try reader.readInt(),
        reciprocalRankSum: try reader.readDouble(), crossEntropySum: try reader.readDouble())
      tallies.append((predictor, tally))
    }
    self.init(client: client, tallies: tallies)
  }
}
