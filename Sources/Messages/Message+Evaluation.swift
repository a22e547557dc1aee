import Federation
import Wire

extension ClientEvaluation {
  func append(to writer: inout ByteWriter) {
    writer.append(client)
    traits.append(to: &writer)
    writer.append(compact: parts.count)
    for part in parts {
      writer.append(part.predictor.rawValue)
      writer.append(part.period.rawValue)
      part.tally.ranking.append(to: &writer)
      part.tally.choices.append(to: &writer)
      writer.append(array: part.tally.confidence.outcomes)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let client = try reader.readInt()
    let traits = try ClientTraits(from: &reader)
    let parts = try reader.readList { reader throws(WireError) in try Part(from: &reader) }
    self.init(client: client, traits: traits, parts: parts)
  }
}

extension ClientEvaluation.Part {
  fileprivate init(from reader: inout ByteReader) throws(WireError) {
    let code = try reader.read(UInt8.self)
    guard let predictor = Predictor(rawValue: code) else { throw .malformed("predictor \(code)") }
    let time = try reader.read(UInt8.self)
    guard let period = EvaluationPeriod(rawValue: time) else { throw .malformed("period \(time)") }
    let ranking = try RankingTally(from: &reader)
    let choices = try ChoiceTally(from: &reader)
    let outcomes = try reader.readArray(of: UInt32.self)
    guard let confidence = ConfidenceTally(outcomes: outcomes) else {
      throw .malformed("a confidence above 1")
    }
    self.init(
      predictor, period,
      PredictionTally(ranking: ranking, choices: choices, confidence: confidence))
  }
}

extension ClientTraits {
  /// The archetype counts from 1; 0 is none.
  fileprivate func append(to writer: inout ByteWriter) {
    writer.append(compact: archetype.map { $0 + 1 } ?? 0)
    writer.append(compact: unlocks)
    writer.append(compact: days)
  }

  fileprivate init(from reader: inout ByteReader) throws(WireError) {
    let archetype = try reader.readCount(try reader.readCompact())
    let unlocks = try reader.readCount(try reader.readCompact())
    let days = try reader.readCount(try reader.readCompact())
    guard
      let traits = ClientTraits(
        archetype: archetype > 0 ? archetype - 1 : nil, unlocks: unlocks, days: days)
    else { throw .malformed("a client of archetype \(archetype) with \(days) days") }
    self = traits
  }
}

extension RankingTally {
  fileprivate func append(to writer: inout ByteWriter) {
    for count in [examples, unseen, top1, top3, top5] { writer.append(count) }
    writer.append(reciprocalRankSum)
    writer.append(crossEntropySum)
  }

  fileprivate init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      examples: try reader.readCount(), unseen: try reader.readCount(),
      top1: try reader.readCount(), top3: try reader.readCount(), top5: try reader.readCount(),
      reciprocalRankSum: try reader.readDouble(), crossEntropySum: try reader.readDouble())
  }
}

extension ChoiceTally {
  fileprivate func append(to writer: inout ByteWriter) {
    writer.append(compact: apps.count)
    for app in apps {
      writer.append(app.app)
      for count in [app.predicted, app.opened, app.hits] { writer.append(compact: count) }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(WireError) {
    let apps = try reader.readList { reader throws(WireError) in
      App(
        app: try reader.read(Int32.self),
        predicted: try reader.readCount(try reader.readCompact()),
        opened: try reader.readCount(try reader.readCompact()),
        hits: try reader.readCount(try reader.readCompact()))
    }
    guard let tally = ChoiceTally(apps: apps) else { throw .malformed("apps in no order") }
    self = tally
  }
}
