import Foundation
import Glibc

/// Runs of the real program, measured from outside and by its own system.csv.
struct Program {
  let executable: String
  let experiments: String

  struct Run {
    /// From start to exit of the whole process, in seconds.
    var seconds: Double
    /// Columns of system.csv by name.
    var columns: [String: [Double]]

    /// Median seconds of a round, the first left out: it starts the workers.
    var roundSeconds: Double {
      let rounds = (columns["seconds"] ?? []).dropFirst()
      return rounds.isEmpty ? columns["seconds"]?.first ?? .nan : Sample(Array(rounds)).median
    }

    func last(_ column: String) -> Double { columns[column]?.last ?? .nan }
  }

  /// One run of an experiment with some keys changed.
  func run(_ experiment: String, workers: Int, _ settings: [String: String]) throws -> Run {
    let folder = FileManager.default.temporaryDirectory.path + "/fedsim-bench-\(getpid())"
    try? FileManager.default.removeItem(atPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments =
      [
        "run", "\(experiments)/\(experiment).yaml", "--out", folder, "--workers", "\(workers)",
        "--quiet",
      ] + settings.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    process.standardOutput = FileHandle.nullDevice
    let clock = ContinuousClock()
    let start = clock.now
    try process.run()
    process.waitUntilExit()
    let seconds = (clock.now - start) / .seconds(1)
    guard process.terminationStatus == 0 else {
      print("\(experiment): fedsim failed with \(process.terminationStatus)")
      exit(70)
    }
    let text = try String(contentsOfFile: "\(folder)/system.csv", encoding: .utf8)
    return Run(seconds: seconds, columns: Self.columns(of: text))
  }

  private static func columns(of text: String) -> [String: [Double]] {
    let rows = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    guard let header = rows.first else { return [:] }
    var columns: [String: [Double]] = [:]
    for (index, name) in header.enumerated() {
      columns[String(name)] = rows.dropFirst().map { Double($0[index]) ?? .nan }
    }
    return columns
  }
}
