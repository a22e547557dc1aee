import Foundation
import Testing
import UsageData
import UsageLog

/// How times are read, and times that cannot be right.
@Suite struct TimeTests {
  @Test func timesWithAZoneBecomeTheLocalTimeAskedFor() throws {
    let table = try String(contentsOfFile: vectors + "zoned_times.csv", encoding: .utf8)
    for line in table.split(separator: "\n").dropFirst() {
      let parts = line.split(separator: ",")
      let (log, _) = try imported(
        "user,time,app\na,\(parts[0]),x\n",
        options(.csv) { $0.utcOffsetSeconds = Int64(parts[1]) })
      #expect(try log.history(of: 0).opens.map(\.time) == [Int64(parts[2])], "\(line)")
    }
  }

  @Test func numbersOfOddLengthSayWhy() throws {
    for (text, words) in [
      ("17198226001", "not 11"), ("171982260012345", "not 15"), ("20241301083000", "YYYYMMDDHHMM"),
    ] {
      let (_, report) = try imported("user,time,app\na,1719822600,x\na,\(text),x\n")
      #expect(report.badExamples.map(\.line) == [3])
      #expect(report.badExamples[0].reason.contains(words), "\(report.badExamples[0].reason)")
    }
  }

  @Test func daysAreNoTimes() throws {
    let days = "user,time,app\na,20240105,x\na,20240106,x\n"
    let error = usageLogError { _ = try imported(days) }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("without a time of day") == true)
    let (log, _) = try imported(days, options(.csv) { $0.keepsAllTimes = true })
    #expect(log.timeRange == 20_240_105...20_240_106)
    // Seconds since the start of a study are no days, though some look like it.
    let (study, _) = try imported("user,time,app\na,20240105,x\na,20249999,x\n")
    #expect(study.timeRange == 20_240_105...20_249_999)
  }

  @Test func severalFormsOfTimeAreReported() throws {
    let (log, report) = try imported(
      "user,time,app\na,1719822600,x\nb,1719822601000,x\nb,2024-07-01T08:30:02Z,x\n")
    #expect(report.notes.count == 1)
    for words in ["Unix seconds (1, first on line 2)", "milliseconds (1, first on line 3)", "zone"]
    {
      #expect(report.notes[0].contains(words))
    }
    #expect(log.timeRange == 1_719_822_600...1_719_822_602)
    let (_, one) = try imported("user,time,app\na,1719822600,x\nb,1719822601,x\n")
    #expect(one.notes.isEmpty)
  }

  /// A good log of 300 rows in January 2024.
  private func rows(and others: [String]) -> String {
    let good = (0..<300).map { "u\($0 % 3),\(1_704_067_200 + $0 * 7000),app\($0 % 4)\n" }
    return "user,time,app\n" + good.joined() + others.map { $0 + "\n" }.joined()
  }

  @Test(arguments: [
    "2099-01-01T00:00:00", "1970-01-01T00:00:03", "20990105004544", "4102444800",
    "2026-03-01T00:00",
    "2022-06-01T00:00",
  ])
  func fewRowsOfAWrongClockAreSetAside(_ time: String) throws {
    let wrong = ["u0,\(time),odd", "u9,\(time),app1"]
    let (log, report) = try imported(rows(and: wrong))
    let (good, _) = try imported(rows(and: []))
    #expect(report.outlyingRows == 2)
    #expect(report.outlying.map(\.line) == [302])
    #expect(report.notes.contains { $0.contains("2 rows lie on") && $0.contains("line 302") })
    #expect(report.imported == 300)
    #expect(log.contentHash == good.contentHash)
    let (kept, all) = try imported(
      rows(and: wrong), options(.csv) { $0.keepsAllTimes = true })
    #expect(all.imported == 302 && all.outlying.isEmpty)
    #expect(kept.clientCount == 4)
    let strict = usageLogError {
      _ = try imported(rows(and: wrong), options(.csv) { $0.isStrict = true })
    }
    #expect(strict?.description.contains("302: 2 rows") == true)
  }

  /// Too many to be set aside, or decades away: nobody but the user knows which are right.
  @Test func manyRowsOfAWrongClockEndTheImport() throws {
    for count in [5, 30] {
      let wrong = (0..<count).map { "u0,2026-01-01T00:00:\(10 + $0),x" }
      let error = usageLogError { _ = try imported(rows(and: wrong)) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("302: \(count) rows lie on 2026-01-01") == true)
      #expect(error?.description.contains("--keep-all-times") == true)
    }
    let decades = (0..<200).map { "u0,2099-01-01T00:0\($0 / 60):\(10 + $0 % 50),x" }
    #expect(usageLogError { _ = try imported(rows(and: decades)) }?.kind == .badInput)
    // A pause of two years between two halves of a study is no error.
    let later = (0..<200).map { "u0,2026-01-01T00:0\($0 / 60):\(10 + $0 % 50),x\($0)" }
    let (_, report) = try imported(rows(and: later))
    #expect(report.imported == 500)
    #expect(report.notes.count == 2)
  }

  @Test func timesCanBeCut() throws {
    let first: Int64 = 1_704_067_200
    let wrong = (0..<200).map { "u0,2099-01-01T00:0\($0 / 60):\(10 + $0 % 50),x" }
    let (log, report) = try imported(
      rows(and: wrong), options(.csv) { $0.times = first...(first + 86_399) })
    // A row every 7000 s: 0, 7000, …, 84000 lie on the first day.
    #expect(report.imported == 13)
    #expect(report.rowsOutside == 487)
    #expect(log.timeRange == first...(first + 84_000))
    let none = usageLogError {
      _ = try imported(rows(and: []), options(.csv) { $0.times = 0...100 })
    }
    #expect(none?.description.contains("300 outside --from and --until") == true)
  }

  @Test func strayRowsAtTheEndAreNamed() throws {
    let good = (0..<2000).map { "u\($0 % 3),\(1_704_067_200 + $0 * 700),app\n" }
    let text = "user,time,app\n" + good.joined() + "u0,2024-05-01T00:00:00,app\n"
    let (_, report) = try imported(text)
    #expect(report.imported == 2001)
    #expect(
      report.notes.contains { $0.contains("1 row lies on 2024-05-01, first on line 2002") })
  }

  /// One row in a hundred, at the end or the start, and over several months in a row.
  @Test func fewRowsAfterASilenceAreNamed() throws {
    func notes(_ others: [String]) throws -> [String] {
      try imported(rows(and: others.map { "u0,\($0),app1" })).report.notes
        .filter { $0.contains("more than a month from the others") }
    }
    // The good rows end on 2024-01-25; three of 303 are 1 %, four of 304 are more.
    let month = ["2024-03-10T08:00", "2024-03-11T08:00", "2024-03-12T08:00", "2024-03-13T08:00"]
    #expect(
      try notes(Array(month.prefix(3))).contains {
        $0.contains("3 rows lie from 2024-03-10 to 2024-03-12, first on line 302")
      })
    #expect(try notes(month).isEmpty)
    // Silences between them do not split them.
    #expect(
      try notes(["2024-03-10T08:00", "2024-05-10T08:00", "2024-07-10T08:00"]).contains {
        $0.contains("3 rows lie from 2024-03-10 to 2024-07-10")
      })
    // The last alone is few where both together are not.
    #expect(
      try notes(month.prefix(3) + ["2024-05-10T08:00"]).contains {
        $0.contains("1 row lies on 2024-05-10, first on line 305")
      })
    #expect(try notes(["2023-11-10T08:00"]).contains { $0.contains("1 row lies on 2023-11-10") })
    // Three weeks are no silence.
    #expect(try notes(["2024-02-15T08:00"]).isEmpty)
  }
}
