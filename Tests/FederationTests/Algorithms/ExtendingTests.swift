import Federation
import Foundation
import TestSupport
import Testing

/// The worked example of docs/extending.md: an algorithm that nobody has registered.
struct ExtendingTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// Whoever copies it from the page gets what is compiled and tested here.
  @Test func thePageQuotesTheExample() throws {
    let page = try Self.text("docs/extending.md")
    let file = try Self.text("Tests/FederationTests/Algorithms/WarmMomentum.swift")
    let example = file.replacing("import Federation\n", with: "")
    #expect(page.contains("```swift\n\(example)```"), "docs/extending.md quotes another example")
    #expect(example.split(separator: "\n").count < 40)
  }

  @Test func theExampleKeepsTheContract() throws { try checkAlgorithm(WarmMomentum()) }

  /// By hand, with clients that are all alike: a 4, b −1, η 0.1, 5 steps: Δ = −(1 − 0.6⁵)(w + 1).
  @Test func theExampleDoesWhatItSays() throws {
    var algorithm = WarmMomentum()
    algorithm.momentum = 0.5
    algorithm.warmUpRounds = 2
    var problem = QuadraticProblem(algorithm)
    problem.areAlike = true
    var (model, direction) = (1.0, 0.0)
    for kept in [0, 0.25, 0.5, 0.5] {
      direction = kept * direction - (1 - 0.07776) * (model + 1)
      model += direction
      let found = try problem.next()
      #expect(abs(found - model) < 1e-6)
    }
  }

  /// Files, functions and scripts that the page names are there.
  @Test func thePageNamesWhatIsThere() throws {
    let page = try Self.text("docs/extending.md")
    let pattern = /`((?:Sources|Tests|scripts|docs)\/[A-Za-z0-9_\/+.-]+)`/
    let paths = page.matches(of: pattern).map { String($0.output.1) }
    #expect(paths.count > 20)
    for path in paths where !path.contains("WarmMomentum") {
      #expect(
        FileManager.default.fileExists(atPath: Self.root.appending(path: path).path), "\(path)")
    }
  }
}
