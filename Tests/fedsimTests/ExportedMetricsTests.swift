import Foundation
import Testing

private let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }

/// scripts/export-metrics.py, with packages in place of the trackers' own that write down every call.
@Suite(.enabled(if: hasPython, "python3 is not here"))
struct ExportedMetricsTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../scripts/export-metrics.py").standardizedFileURL.path

  private static let fakes = [
    "mlflow.py": """
    def note(*what): print("CALL", *what)
    def set_experiment(name): note("experiment", name)
    class start_run:
      def __init__(self, run_name): note("run", run_name)
      def __enter__(self): return self
      def __exit__(self, *error): note("end")
    def log_params(params): note("params", sorted(params.items()))
    def log_metric(name, value, step): note(name, step, value)
    def log_artifact(path): note("artifact", path)
    """,
    "wandb.py": """
    class Run:
      def log(self, metrics, step): print("CALL", step, sorted(metrics.items()))
      def finish(self): print("CALL end")
    def init(project, name, config):
      print("CALL run", project, name, sorted(config.items()))
      return Run()
    """,
    "tensorboardX.py": """
    class SummaryWriter:
      def __init__(self, folder): print("CALL run", folder)
      def add_text(self, tag, text, step): print("CALL text", tag, step)
      def add_scalar(self, tag, value, step): print("CALL", tag, step, value)
      def close(self): print("CALL end")
    """,
  ]

  private func calls(_ folder: TemporaryFolder, _ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", Self.script] + arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": folder.file("fakes").path, "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text.split(separator: "\n").filter { $0.hasPrefix("CALL ") }
      .map { String($0.dropFirst(5)) }
  }

  /// A sweep of two runs, written by hand.
  private func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for path in ["fakes", "out/runs/1-seed-1", "out/runs/2-seed-2"] {
      try FileManager.default.createDirectory(
        at: folder.file(path), withIntermediateDirectories: true)
    }
    for (name, text) in Self.fakes { try folder.write(text, to: "fakes/\(name)") }
    try folder.write("sweep: {seed: 2}\n", to: "out/sweep.yaml")
    for seed in 1...2 {
      let run = "out/runs/\(seed)-seed-\(seed)"
      try folder.write(
        "# Why?\nname: try\nseed: \(seed)\ntraining:\n  local:\n    epochs: 3\n  rounds: 2\n",
        to: "\(run)/config.yaml")
      try folder.write(
        "round,reported,epsilon,status\r\n1,8,inf,ok\r\n2,7,1.5,ok\r\n", to: "\(run)/rounds.csv")
      try folder.write(
        "round,split,predictor,accuracy_top1,cross_entropy\r\n2,future,federated,0.\(seed),\r\n",
        to: "\(run)/evaluation.csv")
    }
    return folder
  }

  @Test func everyTrackerGetsEveryNumberOfEveryRun() throws {
    let folder = try make()
    #expect(
      try calls(folder, ["tensorboard", "out", "--out", "tb"])
        == (1...2).flatMap {
          [
            "run tb/\($0)-seed-\($0)", "text config 0", "rounds/reported 1 8.0",
            "rounds/reported 2 7.0", "rounds/epsilon 2 1.5",
            "future/federated/accuracy_top1 2 0.\($0)",
            "end",
          ]
        })
    let params =
      "params [('name', 'try'), ('seed', '2'), ('training.local.epochs', '3'), ('training.rounds', '2')]"
    let mlflow = try calls(folder, ["mlflow", "out/runs/2-seed-2", "--project", "mine"])
    #expect(
      mlflow == [
        "experiment mine", "run 2-seed-2", params, "rounds/reported 1 8.0", "rounds/reported 2 7.0",
        "rounds/epsilon 2 1.5", "future/federated/accuracy_top1 2 0.2",
        "artifact out/runs/2-seed-2/config.yaml", "end",
      ])
    let wandb = try calls(folder, ["wandb", "out/runs/1-seed-1"])
    #expect(wandb.first?.hasPrefix("run fedsim 1-seed-1 [('name', 'try')") == true)
    #expect(
      wandb.dropFirst() == [
        "1 [('rounds/reported', 8.0)]",
        "2 [('future/federated/accuracy_top1', 0.1), ('rounds/epsilon', 1.5), ('rounds/reported', 7.0)]",
        "end",
      ])
  }
}
