import Foundation
import Testing

private let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }

/// Result files in pandas, without arguments.
@Suite(.enabled(if: hasPython, "python3 is not here; nothing can be read with pandas"))
struct InterchangeTests {
  struct Frames: Decodable {
    var rows: Int
    var notNumbers: [String]
    var seeds: [Int]
    var cohortSizes: [Int]
    var missingBounds: Int
    var mean: Double
    var values: [Double]
    var epsilonIsInfinite: Bool
    var summary: Double
  }

  @Test func pandasReadsSweepAndSummaryWithoutArguments() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    // Not standardized as a whole: that would follow the environment's link out of it.
    let python = tests.appendingPathComponent("../..").standardizedFileURL
      .appendingPathComponent(".build/python/bin/python3")
    try #require(
      FileManager.default.isExecutableFile(atPath: python.path),
      "\(python.path) is missing; run `make python`")
    let folder = try TemporaryFolder()
    try folder.write(SweepTests.experiment, to: "experiment.yaml")
    let sweep = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--json", "--quiet"], in: folder.url)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")

    let process = Process()
    process.executableURL = python
    process.arguments = [
      "-I",
      tests.appendingPathComponent("Vectors/frames.py").path, folder.file("out").path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let frames = try decoder.decode(Frames.self, from: data)

    #expect(frames.rows == 12 && frames.notNumbers == [])
    #expect(frames.seeds == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
    #expect(frames.cohortSizes == [4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8])
    #expect(frames.missingBounds == 6 && frames.epsilonIsInfinite)
    let report = try JSONSerialization.jsonObject(with: Data(sweep.output.utf8)) as? [String: Any]
    let points = try #require(report?["points"] as? [[String: Any]])
    let ours = try points.map { try #require($0["accuracy_top1"] as? Double) }
    // Its standard parsers are off by some units of the last digit.
    for (ours, theirs) in zip(ours, frames.values) { #expect(abs(ours - theirs) < 1e-14) }
    #expect(abs(frames.summary - ours[0]) < 1e-14)
    #expect(abs(frames.mean - frames.values.reduce(0, +) / 12) < 1e-12)
  }
}
