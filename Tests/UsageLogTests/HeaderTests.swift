import Foundation
import Testing
import UsageData
import UsageLog

/// Headers that are hard to name.
@Suite struct HeaderTests {
  private func names(_ header: String, _ mapping: String) throws -> [String] {
    let columns = try ColumnMapping(parsing: mapping)
    let row = header.split(separator: ",", omittingEmptySubsequences: false).indices
      .map { _ in "1714557600" }.joined(separator: ",")
    let (_, report) = try imported(
      "\(header)\n\(row)\n", options(.csv) { $0.columns = columns })
    return report.columns.map(\.header)
  }

  @Test func blanksAroundHeadersDoNotCount() throws {
    for mapping in ["client=who,app=what", "client= who ,app= what", " client =who, app=\"what\""] {
      #expect(try names(" who ,time\t,\u{A0}what  ", mapping) == ["who", "time", "what"])
    }
    #expect(try names(" user , time, app ", "") == ["user", "time", "app"])
    // Marks of a byte order, one after the other.
    #expect(try names("\u{FEFF}\u{FEFF}user,time,app", "") == ["user", "time", "app"])
    #expect(try names("\u{FEFF} \"user\",time,app", "client=\"\"\"user\"\"\"").count == 3)
  }

  @Test func everyHeaderCanBeNamed() throws {
    let header = "user,time,\"app, the first\",\"the \"\"best\"\"\",a=b,,#7,a'b"
    for (mapping, name) in [
      ("app=\"app, the first\"", "app, the first"),
      ("app=\"the \"\"best\"\"\"", "the \"best\""),
      ("app=the \"best\"", "the \"best\""),
      ("app=a=b", "a=b"), ("app=\"\"", ""), ("app=\"#7\"", "#7"), ("app=#8", "a'b"),
      ("app=#3", "app, the first"), ("app = #6 ", ""),
    ] {
      let columns = try ColumnMapping(parsing: mapping)
      let (_, report) = try imported(
        "\(header)\na,1,b,c,d,e,f,g\n", options(.csv) { $0.columns = columns })
      #expect(report.columns.map(\.header) == ["user", "time", name])
    }
  }

  @Test func headersThatAreTheSameAreSaidToBe() throws {
    for (header, mapping) in [
      ("user,time,app,app", ""), ("user,time,app, app ", "app=app"),
      ("user,time,\"app\",app", "app=\" app \""),
    ] {
      let error = usageLogError { _ = try names(header, mapping) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("several columns 'app' (#3, #4)") == true)
      #expect(error?.description.contains("app=#3") == true)
      #expect(try names(header, "app=#4") == ["user", "time", "app"])
    }
    // Nobody reads these.
    #expect(try names("user,time,app,x,x,,", "").count == 3)
  }

  /// No number that is another column's.
  @Test func noPositionIsMadeUp() throws {
    let error = usageLogError { _ = try names("Ap name,time,user", "") }?.description ?? ""
    #expect(error.contains("by position, --columns app=#N"), "\(error)")
    #expect(!error.contains("#1"))
  }

  @Test func mistakesAreNamed() throws {
    for (mapping, words) in [
      ("app=#9", "has no column #9 for the app; it has 4"),
      ("app=what", "no column 'what' for the app"), ("app=what", "'user', 'time', 'a\\u{1B}b', ''"),
      ("app=#1", "'user' to both"),
    ] {
      let mapping = mapping == "app=#1" ? "client=user,app=#1" : mapping
      let error = usageLogError { _ = try names("user,time,a\u{1B}b,", mapping) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
    for mapping in ["app=\"x", "app=\"x\"y", "app=\"x\"\"", "app=#3,time=#3", "app", "=x"] {
      #expect(usageLogError { _ = try ColumnMapping(parsing: mapping) }?.kind == .usage)
    }
  }
}
