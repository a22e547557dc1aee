import Federation
import Foundation

/// How many runs of a sweep fit this machine.
enum SweepMemory {
  /// As many as cores, or fewer when the largest model leaves no room for that.
  static func jobs(for sweep: Sweep, cores: Int) -> Int {
    guard let free = availableBytes else { return cores }
    let largest = sweep.runs.map { neededBytes($0.configuration) }.max() ?? 0
    return max(1, min(cores, free / 2 / max(1, largest)))
  }

  /// What a run with one worker takes at most, in bytes, roughly.
  ///
  /// A logistic run peaks at 40 MB and lstm_ranker at 100 MB; beyond that a parameter is held in
  /// single precision some ten times (model, optimizer, local copies, messages) and in sums of
  /// 16 bytes three times.
  private static func neededBytes(_ configuration: Configuration) -> Int {
    (120 << 20) + 96 * configuration.makeModel().layout.count
  }

  /// Memory that can be had without swapping, in bytes.
  private static var availableBytes: Int? {
    let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { 1_024 * $0 }
  }
}
