import Foundation
import Testing
import UsageData
import UsageLog

private let events =
  URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../../shared/data/studentlife-3u/events.csv.gz").standardized.path

/// Real data; the expected numbers are those of its SOURCE.md and of Vectors/studentlife_counts.py.
@Suite(
  .enabled(
    if: FileManager.default.fileExists(atPath: events),
    "the studentlife-3u data are not beside this checkout, in ../shared/data"))
struct StudentLifeTests {
  @Test func countsAgreeWithTheSource() throws {
    let (log, report) = try imported(.file(events), options(.studentlife))
    #expect(report.rows == 11_187)
    #expect(report.badRows == 0)
    #expect(report.log.clients == 3)
    #expect(report.log.opens == 6356)
    #expect(report.log.sessions == 1889)
    #expect(report.log.sessions - report.log.sessionsWithoutApp == 1461)
    #expect(report.droppedColumns.contains("duration_s"))

    for (task, perClient, tested) in [
      (PredictionTask.firstApp, [139, 628, 694], 293),
      (.nextApp, [222, 2686, 2742], 1132),
    ] {
      let counts = try (0..<3).map { task.moments(in: try log.history(of: $0)).count }
      #expect(counts.sorted() == perClient)
      // The last fifth of each client's moments are tested.
      #expect(counts.reduce(0) { $0 + $1 - Int(0.8 * Double($1)) } == tested)
    }
  }
}
