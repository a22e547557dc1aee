import Foundation
import Testing

private let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }

/// scripts/convert-traces.py, on rows made by hand.
@Suite(.enabled(if: hasPython, "python3 is not here"))
struct TraceConversionTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../scripts/convert-traces.py").standardizedFileURL.path

  private func converted(_ shape: String, _ json: String, _ more: String = "") throws -> [String] {
    let folder = try TemporaryFolder()
    try folder.write(json, to: "t.json")
    return try CommandLineProgram.bash(
      "python3 '\(Self.script)' \(shape) t.json \(more) 2>&1", in: folder
    ).split(separator: "\n").map(String.init)
  }

  /// 200 ms for 10^9 operations are 5 · 10^9 a second; kbit are thousands.
  @Test func speedsOfFedScale() throws {
    #expect(
      try converted(
        "fedscale-devices", #"{"7": {"computation": 200, "communication": 5648.5}}"#,
        "--flops-per-sample 1e9")
        == [
          "client,flops_per_second,down_bits_per_second,up_bits_per_second",
          "0,5000000000.0,5648500.0,5648500.0",
        ])
  }

  @Test func availabilityOfFedScale() throws {
    #expect(
      try converted(
        "fedscale-availability",
        #"{"7": {"active": [10, 500], "inactive": [200], "finish_time": 900}, "9": {"finish_time": 5}}"#
      )
        == ["client,from_seconds,until_seconds", "0,10,200", "0,500,900"])
    let wrong = try converted(
      "fedscale-availability", #"{"7": {"active": [-1], "inactive": [], "finish_time": 900}}"#)
    #expect(wrong.last?.contains("7.active must be a number of at least 0, not -1.") == true)
  }

  /// Available from charging, Wi-Fi and lock together until the first of them ends; what does not end is left out.
  @Test func eventsOfFLASH() throws {
    let events = [
      "08:00:00\\twifi", "08:00:10\\tbattery_charged_on", "08:00:20\\tscreen_off",
      "09:00:00\\tscreen_on", "09:10:00\\tscreen_lock", "10:00:00\\t4G", "10:05:00\\twifi",
    ].map { "2020-01-31 \($0)" }.joined(separator: "\\n")
    #expect(
      try converted("flash", #"{"a": {"messages": ""}, "b": {"messages": "\#(events)"}}"#)
        == ["client,from_seconds,until_seconds", "1,20.0,3600.0", "1,4200.0,7200.0"])
    let wrong = try converted("flash", #"{"a": {"messages": "noon wifi"}}"#)
    #expect(wrong.last?.contains("a: 'noon wifi' is no time and event") == true)
  }
}
