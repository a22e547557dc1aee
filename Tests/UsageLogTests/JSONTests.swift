import Foundation
import LinearAlgebra
import Testing
import UsageData
import UsageLog

/// JSON documents, JSON Lines and exports of other programs.
@Suite struct JSONTests {
  private func read(
    _ text: String, _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (log: UsageLog, report: ImportReport) {
    let folder = try TemporaryFolder()
    return try imported(folder.write("log.json", text.utf8), options(.csv, change))
  }

  /// The same rows as CSV, as lines, as an array and within objects.
  @Test func everyShapeGivesTheSameLog() throws {
    let rows = (0..<3_000).map {
      (user: "u\($0 % 4)", time: 1_714_557_600 + $0 * 40, app: "app \($0 % 9)")
    }
    let (plain, _) = try read(
      "user,time,app\n" + rows.map { "\($0.user),\($0.time),\($0.app)\n" }.joined())
    let objects = rows.map {
      "{\"user\": \"\($0.user)\", \"time\": \($0.time), \"note\": [1, {\"app\": 2}], \"app\": \"\($0.app)\"}"
    }
    let pretty = rows.map {
      "{\n  \"app\" : \"\($0.app)\",\n  \"time\" : \($0.time),\n  \"user\" : \"\($0.user)\"\n}"
    }
    let list = objects.joined(separator: ",")
    let prettyList = pretty.joined(separator: ",\n")
    let cases: [(text: String, shape: String)] = [
      (objects.joined(separator: "\n"), "JSON Lines"),
      (objects.joined(separator: ",\r\n"), "JSON Lines"),
      ("\u{FEFF}\(objects.joined(separator: "\n\n"))\n", "JSON Lines"),
      ("[\(list)]", "JSON"), ("[\n\(prettyList)\n]\n", "JSON"),
      (pretty.joined(separator: "\n"), "JSON"),
      ("{\"made\": {\"by\": [1, 2]}, \"rows\": [\(list)]}", "JSON"), ("[[\(list)]]", "JSON"),
    ]
    for (text, shape) in cases {
      let (log, report) = try read(text)
      #expect(report.files.map(\.shape) == [shape])
      #expect(report.badRows == 0 && report.rows == 3_000)
      #expect(log.contentHash == plain.contentHash)
    }
  }

  @Test func nestedKeysAreColumns() throws {
    let text = """
      {"who": {"id": "a"}, "at": 1714557600, "data": {"app": "Maps", "title": null}}
      {"who": {"id": "b"}, "at": 1714557601, "data": {"app": "Mail"}, "more": true}
      """
    let columns = try ColumnMapping(parsing: "client=who.id,time=at")
    let (log, report) = try read(text) { $0.columns = columns }
    #expect(log.clientCount == 2)
    #expect(report.columns.map(\.header) == ["who.id", "at", "data.app"])
    #expect(report.droppedColumns == ["data.title", "more"])
  }

  @Test func textsAreRead() throws {
    let text = #"""
      {"user":"u","time":"2024-05-01T10:00:00","app":"a\"b\\c\/d"}
      {"user":"u","time":"2024-05-01T10:00:01","app":"\u00e9\ud83d\ude00 {[\n"}
      {"user":"u","time":"2024-05-01T10:00:02","app":"é😀 }],"}
      """#
    let (log, report) = try read(text)
    #expect(report.badRows == 0)
    #expect(Set(log.appNames) == ["a\"b\\c/d", "é😀 {[\n", "é😀 }],"])
  }

  @Test func badObjectsAreCounted() throws {
    let good = "{\"user\":\"u\",\"time\":1714557600,\"app\":\"x\"}"
    let bad: [(String, String)] = [
      ("{\"user\":\"u\",\"time\":1,\"app\":\"x\"", "not closed"), ("{\"user\" \"u\"}", "no colon"),
      ("{\"user\":\"u\" \"time\":1}", "neither a comma"), ("{user:1}", "no double quote"),
      ("{\"user\":u}", "'u' is no JSON value"), ("{\"user\":\"\\x\"}", "unknown escape"),
      ("{\"user\":\"\\ud800\"}", "half a character"), ("{\"user\":\"\\u12\"}", "four digits"),
      ("[1,2]", "no JSON object"), ("{\"user\":\"u\"} {}", "text follows"),
      ("hello", "no JSON object"),
      ("{\"user\":null,\"time\":1714557600,\"app\":\"x\"}", "the client is empty"),
      (
        String(repeating: "{\"a\":", count: 90) + "1" + String(repeating: "}", count: 90),
        "too deeply"
      ),
    ]
    let text = ([good] + bad.map(\.0)).joined(separator: "\n")
    let (_, report) = try read(text)
    #expect(report.rows == 1 + bad.count && report.badRows == bad.count)
    for (row, (line, expected)) in zip(report.badExamples, zip(2..., bad)) {
      #expect(row.line == line)
      #expect(row.reason.contains(expected.1), "\(row.reason)")
    }
    // In a document the rows are numbered, and those after a bad one are read.
    let (_, array) = try read(
      "[\(good),{\"user\":\"u\",\"time\":\"never\",\"app\":\"x\"},\(good.replacing("600", with: "700"))]"
    )
    #expect(array.rows == 3 && array.badExamples.map(\.line) == [2])
  }

  @Test func documentsThatEndTooEarlyAreErrors() throws {
    let good = "{\"user\":\"u\",\"time\":1714557600,\"app\":\"x\"}"
    for (text, words) in [
      ("[\(good),", "ends too early"), ("[\(good),{\"user\":", "ends too early"),
      ("[\(good)}", "closes nothing"), ("[\(good)]]", "closes nothing"),
      ("[\(good),what]", "'what'"),
      ("[]", "without objects"), ("{\"rows\": [[1, 2]]}", "without objects"),
      ("[1, 2]", "no column"),
    ] {
      let error = usageLogError { _ = try read(text) }
      #expect(error?.kind == .badInput, "\(text)")
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  /// Objects longer than the buffer are bad rows; an array longer than it is read to its end.
  @Test func memoryIsBounded() throws {
    let long = String(repeating: "x", count: 1 << 19)
    let good = (0..<9_000).map { "{\"user\":\"u\",\"time\":\(1_714_557_600 + $0),\"app\":\"x\"}" }
    let objects =
      good[..<5_000] + ["{\"user\":\"u\",\"time\":1,\"app\":\"\(long)\"}"] + good[5_000...]
    for text in ["[" + objects.joined(separator: ",") + "]", objects.joined(separator: "\n")] {
      let (_, report) = try read(text)
      #expect(report.rows == 9_001)
      #expect(report.badExamples.map(\.line) == [5_001])
      #expect(report.badExamples.map(\.reason).allSatisfy { $0.contains("longer than") })
    }
  }

  @Test func activityWatchIsRead() throws {
    let text = """
      {"buckets": {
        "aw-watcher-android-test": {"id": "aw-watcher-android-test", "created": "2026-01-01T00:00:00+00:00",
          "type": "currentwindow", "client": "aw-watcher-android", "hostname": "unknown", "events": [
          {"id": 2, "timestamp": "2026-01-05T10:00:03+00:00", "duration": 5.0,
           "data": {"app": "Maps", "package": "com.maps", "classname": "A"}},
          {"id": 1, "timestamp": "2026-01-05T10:00:01+00:00", "duration": 2.0,
           "data": {"app": "Home", "package": "com.sec.android.app.launcher", "classname": "B"}}]},
        "aw-watcher-android-unlock": {"type": "os.lockscreen.unlocks", "hostname": "unknown", "events": [
          {"id": 3, "timestamp": "2026-01-05T10:00:00+00:00", "duration": 0.0, "data": {}}]},
        "aw-watcher-afk_pc": {"type": "afkstatus", "events": [
          {"id": 4, "timestamp": "2026-01-05T10:00:00+00:00", "duration": 9.0, "data": {"status": "afk"}}]}
      }}
      """
    let error = usageLogError { _ = try read(text) }
    #expect(error?.description.contains("export of ActivityWatch") == true)
    #expect(error?.description.contains("--client NAME") == true)
    let (log, report) = try read(text) { $0.client = .name("me") }
    #expect(report.badRows == 0 && report.ignoredRows == 1 && report.systemRows == 1)
    #expect(report.ignoredEvents.map(\.name) == ["afkstatus"])
    #expect(log.appNames == ["com.maps"])
    let history = try log.history(of: 0)
    #expect(history.sessions.count == 1)
    #expect(history.sessions[0].start == 1_767_607_200)  // 2026-01-05 10:00:00, Python's datetime
    // On a computer there is no package, and a user may name the host as the client.
    let desk = """
      {"buckets": {"aw-watcher-window_pc": {"type": "currentwindow", "hostname": "pc", "events": [
        {"timestamp": "2026-01-05T10:00:03.5Z", "duration": 5, "data": {"app": "Firefox", "title": "x"}}]}}}
      """
    let columns = try ColumnMapping(parsing: "client=parent.hostname")
    let (other, _) = try read(desk) { $0.columns = columns }
    #expect(other.appNames == ["Firefox"])
  }

  /// A value beside the array is a column of its rows.
  @Test func valuesAroundAnArrayAreColumns() throws {
    let text = """
      [{"rows": 1}]
      """
    #expect(usageLogError { _ = try read(text) }?.description.contains("no column") == true)
    let people = """
      {"user": "ann", "phone": {"os": 14}, "events": [
        {"time": 1714557600, "app": "x"}, {"time": 1714557601, "app": "y"}]}
      """
    let (log, report) = try read(people)
    #expect(report.columns.map(\.header) == ["parent.user", "time", "app"])
    #expect(log.appNames == ["x", "y"])
  }

  @Test func usageDumpsAreRead() throws {
    let dump = """
      user=0
        Last 24 hour events (timeRange="1/4/2026, 10:31 - 1/5/2026, 10:31" )
          time="2026-01-05 10:00:00" type=KEYGUARD_HIDDEN package=android flags=0x0
          time="2026-01-05 10:00:01" type=ACTIVITY_RESUMED package=com.miui.home class=com.miui.home.Main flags=0x0
          time="2026-01-05 10:00:03" type=ACTIVITY_RESUMED package=com.maps class=com.maps.A instanceId=1 flags=0x0
          time="2026-01-05 10:00:09" type=STANDBY_BUCKET_CHANGED package=com.maps standbyBucket=10
          time="2026-01-05 10:01:00" type=SCREEN_NON_INTERACTIVE package=android flags=0x0
        In-memory daily stats
          packages
            package=com.maps totalTimeUsed="05:03" lastTimeUsed="2026-01-05 10:00:03" appLaunchCount=3
          events (3)
            time="2026-01-05 10:00:03" type=ACTIVITY_RESUMED package=com.maps class=com.maps.A
      """
    let (log, report) = try read(dump) { $0.client = .name("me") }
    #expect(report.files.map(\.shape) == ["dumpsys usagestats"])
    #expect(report.badRows == 0 && report.ignoredRows == 1 && report.duplicateRows == 1)
    #expect(log.appNames == ["com.maps"])
    #expect(try log.history(of: 0).opens.map(\.time) == [1_767_607_203])
    let error = usageLogError { _ = try read(dump) }
    #expect(error?.description.contains("--client NAME") == true)
    #expect(error?.description.contains("'type'") == false)
  }

  /// Whatever the bytes, an import ends with a log or with an error of its own.
  @Test func mangledFilesAreErrorsOrLogs() throws {
    let folder = try TemporaryFolder()
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed of mangledFilesAreErrorsOrLogs: \(seed)")
    var stream = RandomStream(key: (seed, 0), counter: (0, 0, 0))
    let sound: [String] = [
      "[{\"user\":\"u\\u00e9\",\"time\":1714557600,\"data\":{\"app\":\"x\"},\"a\":[1,{}]}, {\"user\":1}]",
      "{\"user\":\"u\",\"time\":1714557600,\"app\":\"x\"}\n{\"user\":\"v\",\"time\":1714557601,\"app\":null}\n",
      "{\"buckets\":{\"b\":{\"type\":\"currentwindow\",\"events\":[{\"timestamp\":\"2026-01-05\",\"data\":{}}]}}}",
      "user;time;app\nu;1714557600;\"x;\"\"y\"\nv;1714557601;z\n",
      "user=0\n time=\"2026-01-05 10:00:00\" type=ACTIVITY_RESUMED package=x\n",
    ]
    let marks = Array("{}[]\",:\\u0 \n;=-tn".utf8) + [0xe9, 0x00, 0xff]
    for round in 0..<600 {
      var bytes = Array(sound[round % sound.count].utf8)
      for _ in 0...Int(stream.below(4)) {
        let place = Int(stream.below(bytes.count))
        switch stream.below(3) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(marks[Int(stream.below(marks.count))], at: place)
        default: bytes[place] = marks[Int(stream.below(marks.count))]
        }
      }
      let source = try folder.write("log", bytes)
      do {
        _ = try importLog(
          from: source, to: folder.file("log.sqlite"),
          options: options(.csv) {
            $0.overwrite = true
            if round % 2 == 0 { $0.client = .name("me") }
          })
      } catch let error as UsageLogError {
        #expect(error.kind == .badInput, "\(error)")
      }
    }
  }
}
