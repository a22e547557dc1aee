/// The events that `dumpsys usagestats` prints: lines with a time, a type and a package.
///
/// Other lines hold totals, which say nothing about order, and are passed over.
final class UsageDumpReader: RowReader {
  static let header = ["time", "type", "package"]

  private let lines: DelimitedReader
  private var fields: [Field] = []

  init(_ input: LogInput) throws {
    // A zero byte, which no text holds: a line is one field.
    lines = try DelimitedReader(input, delimiter: 0)
  }

  var line: Int { lines.line }
  var fieldCount: Int { fields.count }
  func field(_ index: Int) -> Field { fields[index] }

  func next() throws -> RowStep {
    while true {
      switch try lines.next() {
      case .end: return .end
      // No event is as long as that.
      case .malformed: continue
      case .row:
        guard let event = Self.event(in: lines.field(0)) else { continue }
        fields = event
        return .row
      }
    }
  }

  /// The time, type and package of a line that is an event.
  static func event(in line: Field) -> [Field]? {
    let start = line.firstIndex { !isJSONBlank($0) } ?? 0
    guard line[start...].starts(with: "time=".utf8) else { return nil }
    var fields: [Field] = []
    for key in ["time=", "type=", "package="] {
      guard let field = value(of: key, in: line) else { return nil }
      fields.append(field)
    }
    return fields
  }

  private static func value(of key: String, in line: Field) -> Field? {
    let key = Array(key.utf8)
    guard line.count >= key.count else { return nil }
    for start in 0...(line.count - key.count)
    where (start == 0 || isJSONBlank(line[start - 1]))
      && line[start..<(start + key.count)].elementsEqual(key)
    {
      let rest = line[(start + key.count)...]
      guard rest.first == UInt8(ascii: "\"") else {
        return Field(rebasing: rest.prefix { !isJSONBlank($0) })
      }
      return Field(rebasing: rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") })
    }
    return nil
  }
}
