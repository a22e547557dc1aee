import Foundation
import Testing
import UsageData
import UsageLog

/// Rows of JSON that lie too deep, and dates as .NET writes them.
@Suite struct JSONRowTests {
  private func read(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (log: UsageLog, report: ImportReport) {
    let folder = try TemporaryFolder()
    return try imported(folder.write("log.json", text.utf8), options(.csv, change))
  }

  @Test func rowsThatLieDeeperAreNamed() throws {
    for (text, key, way) in [
      (
        "{\"users\": [{\"id\": \"u\", \"events\": [{\"time\": \"2026-01-05 08:00\", \"app\": \"x\"}]}]}",
        "events", ".users[] | del(.events) + .events[]"
      ),
      (
        "[{\"id\":\"u\",\"tags\":[{\"n\":1}],\"phone\":{\"log\":[{\"a\":\"[\\\"]\"},{\"a\":1}]}}]",
        "phone.log",
        ".[] | del(.phone) + .phone.log[]"
      ),
      (
        "{\"id\":\"u\",\"log-1\":[{\"t\":1}]}\n{\"id\":\"v\",\"log-1\":[{\"t\":1}]}\n", "log-1",
        "del(.\"log-1\") + .\"log-1\"[]"
      ),
      (
        "{\"a\":[{\"b\":[{\"c\":[{\"t\":1},{\"t\":2}]}]}]}", "c",
        ".a[] | del(.b) + .b[] | del(.c) + .c[]"
      ),
    ] {
      let error = usageLogError { _ = try read(text) }?.description ?? ""
      #expect(error.contains("hold others in '\(key)'"), "\(error)")
      #expect(error.contains("`jq -c '\(way)' "), "\(error)")
    }
    // No command for keys that a shell would read.
    let odd = usageLogError { _ = try read("[{\"id\":1,\"it's\":[{\"t\":1}]}]") }?.description
    #expect(odd?.contains("JSON Lines") == true && odd?.contains("jq") == false)
    // Rows that are whole but for one column say which.
    let whole = usageLogError {
      _ = try read("[{\"time\":1714557600,\"app\":\"x\",\"tags\":[{\"n\":1}]}]")
    }
    #expect(whole?.description.contains("looks like the client") == true)
    // Flat rows say as before which columns they lack.
    let flat = usageLogError { _ = try read("[{\"id\":1,\"tags\":[1,2]}]") }?.description
    #expect(flat?.contains("'id'") == true)
  }

  /// `\\/` is `/` in JSON; the number is UTC whatever follows.
  @Test func datesOfDotNetAreRead() throws {
    let (log, report) = try read(
      """
      {"user":"a","time":"/Date(1767571544000)/","app":"x"}
      {"user":"a","time":"\\/Date(1767571545000+0100)\\/","app":"y"}
      """)
    #expect(try log.history(of: 0).opens.map(\.time) == [1_767_571_544, 1_767_575_145])
    #expect(report.badRows == 0)
    let zone = try LogZone(parsing: "Asia/Kolkata")
    let rows = ["", "+0100"].map {
      "{\"user\":\"a\",\"time\":\"/Date(1767571544000\($0))/\",\"app\":\"x\($0)\"}"
    }
    let local = try read(rows.joined(separator: "\n")) { $0.timeZone = zone }.log
    #expect(try local.history(of: 0).opens.map(\.time) == [1_767_591_344, 1_767_591_344])
  }
}
