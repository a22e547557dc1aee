import Federation
import Wire

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
  private enum Code: UInt8 { case reported = 1, idle, dropped, diverged, encoded, noiseOnly, cut }

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
    case .noiseOnly: writer.append(Code.noiseOnly.rawValue)
    case .cut: writer.append(Code.cut.rawValue)
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
    case .noiseOnly: self = .noiseOnly
    case .cut: self = .cut
    case nil: throw .malformed("client outcome \(code)")
    }
  }
}

extension ClientState {
  func append(to writer: inout ByteWriter) {
    writer.reserve(20 + 4 * values.count)
    writer.append(client)
    writer.append(array: values)
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.init(client: try reader.readInt(), values: try reader.readArray(of: Float.self))
  }
}

extension RoundParameters {
  /// The bound, 0 for none; then 0 for no session, 1 for that of a round's first sum and 2 for that of a
  /// later one, and 4 more where clients begin with earlier models; the session, and of a later one which it
  /// is and the point; client, model and staleness of those who do.
  func append(to writer: inout ByteWriter) {
    writer.append(clippingBound ?? 0)
    let kind = UInt8(session.map { $0.step > 0 ? 2 : 1 } ?? 0)
    writer.append(kind | (starts.isEmpty ? 0 : 4))
    if let session {
      writer.append(array: session.identifier)
      writer.append(array: session.cohort)
      if session.step > 0 {
        writer.append(compact: session.step)
        writer.append(array: session.point)
      }
    }
    guard !starts.isEmpty else { return }
    writer.append(compact: starts.count)
    for start in starts {
      writer.append(compact: start.client)
      writer.append(compact: start.model)
      writer.append(compact: start.staleness)
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let bound = try reader.readDouble()
    guard bound >= 0, bound.isFinite else { throw .malformed("a clipping bound of \(bound)") }
    self.init(clippingBound: bound > 0 ? bound : nil)
    let flags = try reader.read(UInt8.self)
    let kind = flags & 3
    guard kind <= 2, flags <= 6 else { throw .malformed("a round of kind \(flags)") }
    if kind > 0 {
      let identifier = try reader.readArray(of: UInt8.self)
      var session = Session(identifier: identifier, cohort: try reader.readArray(of: Int.self))
      if kind == 2 {
        session.step = try reader.readCount(try reader.readCompact())
        guard session.step > 0 else { throw .malformed("a later sum of number 0") }
        session.point = try reader.readArray(of: Float.self)
      }
      self.session = session
    }
    guard flags & 4 > 0 else { return }
    starts = try reader.readList { reader throws(WireError) in
      Start(
        client: try reader.readCompact(),
        model: try reader.readCount(try reader.readCompact()),
        staleness: try reader.readCount(try reader.readCompact()))
    }
    guard !starts.isEmpty, zip(starts, starts.dropFirst()).allSatisfy({ $0.client < $1.client })
    else { throw .malformed("beginnings in no order") }
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
  mutating func readCount() throws(WireError) -> Int { try readCount(try readInt()) }

  /// A number of things: not negative, and small enough that counts can be added up.
  func readCount(_ count: Int) throws(WireError) -> Int {
    guard (0..<1 << 40).contains(count) else { throw .malformed("a count of \(count)") }
    return count
  }
}
