import Federation
import Wire

extension ClientConditions {
  /// The client, its examples, its archetype from 1 on or 0 for none, and of every rest the seconds since the end of the one before and its length.
  func append(to writer: inout ByteWriter) {
    writer.append(compact: client)
    writer.append(compact: examples)
    writer.append(compact: archetype.map { $0 + 1 } ?? 0)
    writer.append(compact: rests.count)
    var last = 0
    for rest in rests {
      writer.append(compact: rest.lowerBound - last)
      writer.append(compact: rest.count)
      last = rest.upperBound
    }
  }

  init(from reader: inout ByteReader) throws(WireError) {
    let client = try reader.readCompact()
    let examples = try reader.readCount(try reader.readCompact())
    let archetype = try reader.readCount(try reader.readCompact())
    var last = 0
    let rests = try reader.readList { reader throws(WireError) in
      let start = try reader.readCount(last + reader.readCount(reader.readCompact()))
      last = try reader.readCount(start + reader.readCount(reader.readCompact()))
      return start..<last
    }
    self.init(client: client, examples: examples, rests: rests)
    self.archetype = archetype > 0 ? archetype - 1 : nil
  }
}
