import Experiments
import Foundation
import Testing

/// What the runs of a sweep share.
struct SharedWorkTests {
  private static func folder(clients: Int, days: Int) throws -> (String?, TemporaryFolder) {
    let sweep = try SweepTests.load(
      """
      population: {clients: \(clients), days: \(days), preset: typical}
      sweep: {population.days: [\(days), \(days - 1)]}
      """)
    let folder = try TemporaryFolder()
    let shared = SharedWork(folder: "\(folder.path)/shared", for: sweep)
    return (shared.historyFolder(of: sweep.runs[0].configuration), folder)
  }

  /// 2^40 phones for ten years are more bytes than a number of 64 bits counts.
  @Test func thatOfTheLargestPopulationIsNotKept() throws {
    #expect(try Self.folder(clients: 1 << 40, days: 3_650).0 == nil)
    #expect(try Self.folder(clients: 1_000_000, days: 60).0 == nil)
    let (folder, above) = try Self.folder(clients: 400, days: 60)
    #expect(folder?.hasPrefix(above.path) == true)
    #expect(FileManager.default.fileExists(atPath: try #require(folder)))
  }
}
