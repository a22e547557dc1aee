import Foundation
import LinearAlgebra

/// Prints this machine's figures for the benchmark experiments as text, and as CSV where asked.
///
/// Usage: fedsim-bench FEDSIM EXPERIMENTS [CSV [secagg]]; with the last word, secure aggregation's
/// figures instead.
@main
struct Main {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else {
      print("usage: fedsim-bench FEDSIM EXPERIMENTS [CSV [secagg]]")
      exit(64)
    }
    let program = Program(executable: arguments[1], experiments: arguments[2])
    var table = Table()
    print(
      "BLAS \(BLAS.configuration), kernel \(BLAS.kernel); vectors of \(Elementwise.vectorBits) bits"
    )
    print("processor \(processorName()), \(ProcessInfo.processInfo.activeProcessorCount) cores")
    if arguments.count > 4, arguments[4] == "secagg" {
      try AggregationBenchmark(program: program).measure(into: &table)
    } else {
      TrainingBenchmark.measure(into: &table)
      try RunBenchmark(program: program).measure(into: &table)
      try AlgorithmBenchmark(program: program).measure(into: &table)
      try PrivacyBenchmark(program: program).measure(into: &table)
    }
    if arguments.count > 3 {
      try table.csv.write(toFile: arguments[3], atomically: true, encoding: .utf8)
    }
  }

  private static func processorName() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "?"
  }
}
