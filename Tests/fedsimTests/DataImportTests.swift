import Foundation
import Testing

/// What the import says about itself, from the command line.
struct DataImportTests {
  private static let rows = "user,time,app\na,2024-05-01T10:00:00Z,x\nb,2024-05-02T11:00:00Z,y\n"

  private static func importing(
    _ arguments: [String], in folder: TemporaryFolder, input: String? = "log.csv"
  ) throws
    -> (result: CommandLineProgram.Result, report: [String: Any])
  {
    let result = try CommandLineProgram.run(
      ["data", "import"] + [input].compactMap(\.self)
        + ["--out", "log.sqlite", "--overwrite", "--json"] + arguments,
      in: folder.url)
    let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return (result, report ?? [:])
  }

  @Test func offsetsMayBeNegative() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows, to: "log.csv")
    for (arguments, first) in [
      ([], "2024-05-01T10:00:00"), (["--utc-offset", "7200"], "2024-05-01T12:00:00"),
      (["--utc-offset", "-18000"], "2024-05-01T05:00:00"),
      (["--utc-offset=-18000"], "2024-05-01T05:00:00"),
      (["--utc-offset", "-5:30"], "2024-05-01T04:30:00"),
      (["--utc-offset", "-0500"], "2024-05-01T05:00:00"),
      (["--utc-offset", "+0530"], "2024-05-01T15:30:00"),
      (["--utc-offset", "3600"], "2024-05-01T11:00:00"),
      // Four digits are a clock as far as clocks go, 14:59; more are seconds.
      (["--utc-offset", "1400"], "2024-05-02T00:00:00"),
      (["--utc-offset", "1800"], "2024-05-01T10:30:00"),
      (["--utc-offset", "-1060"], "2024-05-01T09:42:20"),
      (["--utc-offset", "0060"], "2024-05-01T10:01:00"),
      (["--utc-offset", "05400"], "2024-05-01T11:30:00"),
      (["--utc-offset", "-86400"], "2024-04-30T10:00:00"),
      (["--utc-offset", "+05:45"], "2024-05-01T15:45:00"),
      (["--utc-offset", "0"], "2024-05-01T10:00:00"),
      (["--from", "2024-05-02"], "2024-05-02T11:00:00"),
    ] {
      let (result, report) = try Self.importing(arguments, in: folder)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(report["first_time"] as? String == first, "\(arguments)")
    }
    let (_, cut) = try Self.importing(["--until", "2024-05-01"], in: folder)
    #expect(cut["last_time"] as? String == "2024-05-01T10:00:00")
    #expect(cut["rows_outside"] as? Int == 1)
    let description = try CommandLineProgram.run(
      ["data", "describe", "log.sqlite", "--json"], in: folder.url)
    #expect(description.output.contains("\"first_day\" : \"2024-05-01\""))
  }

  @Test func valuesOutOfRangeAreSentences() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows, to: "log.csv")
    let cases: [(arguments: [String], words: String)] = [
      (["import", "log.csv", "--out", "x", "--utc-offset", "-90000"], "-86400…86400"),
      (["import", "log.csv", "--out", "x", "--utc-offset", "-5"], "an hour is 3600"),
      (["import", "log.csv", "--out", "x", "--utc-offset", "-25:00"], "-05:00"),
      (["import", "log.csv", "--out", "x", "--session-gap", "-1"], "at least 0"),
      (["import", "log.csv", "--out", "x", "--until", "2024-5-1"], "such as 2026-01-31"),
      (
        ["import", "log.csv", "--out", "x", "--from", "2024-05-02", "--until", "2024-05-01"],
        "comes after"
      ),
      (["generate", "--clients", "-3", "--out", "x"], "at least 1"),
      (["generate", "--days", "-3", "--out", "x"], "1…3650"),
      (["expire", "log.csv", "--keep-days", "-3"], "1…3000000"),
      (["import", "log.csv", "--out", "x", "--from", "-1"], "--from '-1': write a day"),
      (["import", "log.csv", "--out", "x", "--until", "-1"], "--until '-1': write a day"),
      (["import", "log.csv", "--out", "x", "--format", "-1"], "'-1' is invalid"),
      (["expire", "log.csv", "--before", "-1"], "--before '-1': write a day"),
      (["describe", "--clients", "-1"], "at least 1"),
    ]
    for (arguments, words) in cases {
      let result = try CommandLineProgram.run(["data"] + arguments, in: folder.url)
      #expect(result.exitCode == 64, "\(arguments) \(result.errors)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    for arguments in [
      ["run", "none.yaml", "--workers", "-2"], ["predict", "none", "--client", "-1"],
      [
        "privacy", "epsilon", "--noise-multiplier", "-1", "--delta", "1e-5", "--sampling-rate",
        "0.1",
      ],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(!result.errors.contains("Missing value"), "\(arguments) \(result.errors)")
      #expect(result.exitCode == 64 || result.exitCode == 66, "\(arguments) \(result.errors)")
    }
  }

  /// Wrong usage ends with one code and one prefix, wherever it is noticed, and the path that was meant is
  /// named by every verb.
  @Test(arguments: [
    ("data import log.csv --out x --columns tme=time", 64, "did you mean 'time'?"),
    ("data import log.csv --out x --client a --columns clinet=user", 64, "did you mean 'client'?"),
    ("data import log.csv --out x --session-gap no", 64, "invalid"),
    ("data import log.csv", 64, "--out"), ("explain 1", 64, "the exit codes are 0, 64, 65"),
    ("data import lgo.csv --out x", 66, "the nearest is 'log.csv'"),
    ("data import log.csv --out x --key-file id.key", 66, "the nearest is 'ids.key'"),
    ("data import log.csv --out x --clients al.txt", 66, "the nearest is 'all.txt'"),
    ("data describe phone.sqlite", 66, "the nearest is 'phones.sqlite'"),
    ("data expire phone.sqlite --keep-days 1", 66, "the nearest is 'phones.sqlite'"),
    ("predict run/ --client 0", 66, "the nearest is 'runs/'"),
    ("verify run", 66, "the nearest is 'runs/'"), ("plot run", 66, "the nearest is 'runs/'"),
    ("compare run", 66, "the nearest is 'runs/'"),
  ])
  func mistakesOnTheCommandLine(line: String, code: Int32, words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows, to: "log.csv")
    for name in ["ids.key", "all.txt", "phones.sqlite"] { try folder.write("x", to: name) }
    try FileManager.default.createDirectory(
      at: folder.file("runs"), withIntermediateDirectories: false)
    let result = try CommandLineProgram.run(
      line.split(separator: " ").map(String.init), in: folder.url)
    #expect(result.exitCode == code, "\(result.errors)")
    #expect(
      result.errors.hasPrefix("fedsim: ") && result.errors.contains(words), "\(result.errors)")
  }

  @Test func theSummaryIsPlain() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows + "b,2024-05-02T11:00:00Z,\n", to: "log.csv")
    let arguments = ["data", "import", "log.csv", "--overwrite", "--out", "log.sqlite"]
    let plain = try CommandLineProgram.run(arguments, in: folder.url).output
    for words in [
      "2 of 3 rows imported, 1 bad row skipped", "2 opens in 2 sessions\n",
      "sessions: no unlock is logged", "client ids: hashed with a key that is forgotten",
      "--key-file ids.key",
    ] { #expect(plain.contains(words), "\(plain)") }
    #expect(try CommandLineProgram.run(["data", "key", "ids.key"], in: folder.url).exitCode == 0)
    let kept = try CommandLineProgram.run(arguments + ["--key-file", "ids.key"], in: folder.url)
    #expect(kept.output.contains("client ids: hashed with the key in ids.key"), "\(kept.output)")
    let described = try CommandLineProgram.run(["data", "describe", "log.sqlite"], in: folder.url)
    let last = described.output.split(separator: "\n").last ?? ""
    #expect(last.hasPrefix("OUTSIDE: ") && last.contains("--session-gap"), "\(described.output)")
  }

  /// Once, and the work goes on.
  @Test func keysOpenToOthersAreWarnedOf() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows, to: "log.csv")
    for name in ["ids.key", "seal.key"] {
      #expect(try CommandLineProgram.run(["data", "key", name], in: folder.url).exitCode == 0)
    }
    let keys = ["--key-file", "ids.key", "--seal-key-file", "seal.key"]
    let quiet = try Self.importing(keys, in: folder).result
    #expect(quiet.exitCode == 0 && quiet.errors.isEmpty)
    for name in ["ids.key", "seal.key"] {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: folder.file(name).path)
    }
    let loud = try Self.importing(keys, in: folder).result
    #expect(loud.exitCode == 0)
    let lines = loud.errors.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("ids.key is open to other users (mode 0644)") == true)
    #expect(lines.last?.contains("`chmod 600 seal.key`") == true)
    let description = try CommandLineProgram.run(
      ["data", "describe", "log.sqlite", "--seal-key-file", "seal.key"], in: folder.url)
    #expect(description.exitCode == 0 && description.errors.contains("mode 0644"))
  }

  /// A killed import leaves nothing that the next does not take away.
  @Test func killedImportsLeaveNoLitter() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<200_000).map { "u\($0 % 300),\(1_714_557_600 + $0),app\($0 % 50)\n" }
    try folder.write("user,time,app\n" + rows.joined(), to: "log.csv")
    let arguments = ["data", "import", "log.csv", "--out", "made.sqlite", "--overwrite"]
    for milliseconds in [60, 150, 250] {
      let program = try CommandLineProgram.start(arguments, in: folder.url)
      usleep(useconds_t(1000 * milliseconds))
      program.kill(SIGKILL)
      _ = try program.wait()
    }
    #expect(try CommandLineProgram.run(arguments, in: folder.url).exitCode == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files.filter { $0.hasPrefix("made") } == ["made.sqlite"])
  }

  /// A flipped byte ends a run, a description and a prediction with the code of bad data.
  @Test func aDamagedLogEndsEverything() throws {
    let folder = try TemporaryFolder()
    for arguments in [
      ["data", "generate", "--clients", "8", "--days", "6", "--out", "log.sqlite"]
    ] {
      #expect(try CommandLineProgram.run(arguments, in: folder.url).exitCode == 0)
    }
    try folder.write(
      """
      name: small
      population: {source: file, path: log.sqlite}
      model: {kind: logistic}
      training: {rounds: 1, cohort_size: 4}
      evaluation: {test_days: 1, clients: 3, new_clients: 0}
      """, to: "small.yaml")
    let run = ["run", "small.yaml", "--out"]
    #expect(try CommandLineProgram.run(run + ["whole"], in: folder.url).exitCode == 0)
    var bytes = try Data(contentsOf: folder.file("log.sqlite"))
    // The time of an open, as four bytes: 2026-01-07, with the highest byte first.
    let day = 1_767_744_000..<1_767_830_400
    let index = try #require(
      stride(from: bytes.count - 4, to: 0, by: -1).first { index in
        let value = bytes[index..<(index + 4)].reduce(0) { $0 << 8 | Int($1) }
        return day.contains(value)
      })
    bytes[index + 3] ^= 1
    try bytes.write(to: folder.file("log.sqlite"))
    for arguments in [
      run + ["other"], ["data", "describe", "log.sqlite"], ["predict", "whole", "--client", "0"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 65, "\(arguments) \(result.errors)")
      #expect(result.errors.contains("is damaged at client"), "\(result.errors)")
    }
  }

  /// What was typed in a trial by people with logs of their own, and what is said.
  @Test func logsOfAnyShapeAreImported() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "user;time;app\r\na;2024-05-01 10:00:00;x\r\na;2024-05-01 10:00:00;x\r\n", to: "semi.csv")
    try folder.write("a\t20240501100000\tbase\tx\t7\n", to: "rows.txt")
    try folder.write(
      "time,app,type\n1714557600,com.my.desk,1\n1714557601,x,1\n1714557602,,11\n", to: "ann.csv")
    try folder.write("{\"time\": 1714557600, \"app\": \"y\"}\n", to: "bob.jsonl")
    try folder.write("# ours\ncom.my.*\n", to: "system.txt")
    let cases: [(arguments: [String], words: [String])] = [
      (
        ["semi.csv"],
        ["format: semicolon-separated", "1 duplicate row left out", "1 of 2 rows imported"]
      ),
      (["semi.csv", "--keep-duplicates"], ["1 duplicate row kept", "2 of 2 rows"]),
      (
        ["rows.txt", "--no-header", "--columns", "client=1,time=2,app=4"],
        ["format: tab-separated", "client=#1, time=#2, app=#4", "columns left out: #3, #5"]
      ),
      (
        ["ann.csv", "--client", "me", "--system-apps", "system.txt"],
        [
          "all rows are those of the client me", "events ignored: STANDBY_BUCKET_CHANGED 1",
          "1 open of launchers and system apps ignored: com.my.desk 1",
          "1 client, 1 app, 1 open in",
        ]
      ),
      (
        ["ann.csv", "bob.jsonl", "--client-from", "file"],
        [
          "1 file, ann.csv", "1 file, bob.jsonl", "format: JSON Lines", "each file is one client",
          "2 clients",
        ]
      ),
    ]
    for (arguments, words) in cases {
      let result = try CommandLineProgram.run(
        ["data", "import"] + arguments + ["--out", "o.sqlite", "--overwrite"], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      for word in words { #expect(result.output.contains(word), "\(word): \(result.output)") }
    }
    let (result, report) = try Self.importing(
      ["ann.csv", "bob.jsonl", "--client-from", "file"], in: folder, input: nil)
    #expect(result.exitCode == 0, "\(result.errors)")
    let files = report["files"] as? [[String: Any]]
    #expect(files?.compactMap { $0["client"] as? String } == ["ann", "bob"])
    #expect(report["ignored_rows"] as? Int == 1)
  }

  @Test func requestsThatContradictThemselvesAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows, to: "log.csv")
    for (arguments, words, code) in [
      (["--client", "a", "--client-from", "file"], "give one", 64),
      (["--client", "a", "--columns", "client=user"], "give one", 64),
      (["--client", ""], "write a name", 64), (["--delimiter", "ab"], "semicolon", 64),
      (["--client", "a", "--format", "lsapp"], "--format lsapp", 64),
      (["--no-header", "--format", "studentlife"], "--format studentlife", 64),
      (["--client-from", "name"], "file", 64), (["--encoding", "none-such"], "iconv -l", 64),
      (["--system-apps", "none.txt"], "none.txt", 66), (["log.csv"], "named twice", 64),
    ] as [([String], String, Int32)] {
      let result = try CommandLineProgram.run(
        ["data", "import", "log.csv", "--out", "o.sqlite"] + arguments, in: folder.url)
      #expect(result.exitCode == code, "\(arguments) \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments) \(result.errors)")
    }
  }
}
