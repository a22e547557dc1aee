import Foundation
import Statistics
import Tables
import Testing

struct StudentTTests {
  /// Against quantiles that a script got by integrating the density.
  @Test func boundsAreThoseOfTheDensity() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Vectors/student.csv")
    let table = try CSVTable(path: file.path)
    #expect(table.rowCount == 16)
    for (degrees, expected) in zip(try table.numbers("degrees"), try table.numbers("quantile")) {
      let value = StudentT.bound(level: 0.95, degrees: try #require(degrees))
      #expect(abs(value - (try #require(expected))) < 1e-8, "\(degrees ?? 0): \(value)")
    }
  }
}
