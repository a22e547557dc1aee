import Federation
import Wire

extension ClientLife {
  func append(to writer: inout ByteWriter) {
    writer.append(compact: client)
    writer.append(compact: days.count)
    for day in days { day.append(to: &writer) }
    for value in [timing.predictions, timing.late, timing.slowestNanoseconds] {
      writer.append(compact: value)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let client = try reader.readCompact()
    self.init(
      client: client,
      days: try reader.readList { reader throws(WireError) in try Day(from: &reader) }
    )
    timing.predictions = try reader.readCount(try reader.readCompact())
    timing.late = try reader.readCount(try reader.readCompact())
    timing.slowestNanoseconds = try reader.readCount(try reader.readCompact())
  }
}

extension ClientLife.Day {
  /// The ceiling's hits count from 1; 0 is none.
  fileprivate func append(to writer: inout ByteWriter) {
    writer.append(UInt8(isInUse ? 1 : 0) | UInt8(isRested ? 2 : 0))
    writer.append(compact: unlocks)
    writer.append(compact: ceilingHits.map { $0 + 1 } ?? 0)
    writer.append(compact: outcomes.count)
    for outcome in outcomes {
      for count in [
        outcome.answered, outcome.hits, outcome.hitsTop3, outcome.shown, outcome.taken,
      ] {
        writer.append(compact: count)
      }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(WireError) {
    self.init()
    let flags = try reader.read(UInt8.self)
    guard flags < 4 else { throw .malformed("a day with flags \(flags)") }
    (isInUse, isRested) = (flags & 1 == 1, flags & 2 == 2)
    unlocks = try reader.readCount(try reader.readCompact())
    let hits = try reader.readCount(try reader.readCompact())
    ceilingHits = hits > 0 ? hits - 1 : nil
    outcomes = try reader.readList { reader throws(WireError) in
      var outcome = ClientLife.Outcome()
      outcome.answered = try reader.readCount(try reader.readCompact())
      outcome.hits = try reader.readCount(try reader.readCompact())
      outcome.hitsTop3 = try reader.readCount(try reader.readCompact())
      outcome.shown = try reader.readCount(try reader.readCompact())
      outcome.taken = try reader.readCount(try reader.readCompact())
      return outcome
    }
    guard
      outcomes.allSatisfy({
        $0.answered <= unlocks && $0.hits <= $0.hitsTop3 && $0.hitsTop3 <= $0.answered
          && $0.taken <= $0.shown && $0.shown <= $0.answered
      }), (ceilingHits ?? 0) <= unlocks
    else { throw .malformed("a day with more answers than questions") }
  }
}
