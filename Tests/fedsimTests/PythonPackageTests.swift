import Foundation
import Testing

/// The package in python/, in the environment that `make python` makes.
@Suite(.enabled(if: ClientProgram.hasPython, "python3 is not here"))
struct PythonPackageTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardizedFileURL

  /// What a script in that environment prints; the package is that of this folder.
  private static func python(
    _ script: String, in folder: TemporaryFolder
  ) throws -> (output: String, exitCode: Int32) {
    let process = Process()
    process.executableURL = root.appendingPathComponent(".build/python/bin/python3")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PYTHONPATH": root.appendingPathComponent("python").path,
      "PYTHONDONTWRITEBYTECODE": "1", "FEDSIM": CommandLineProgram.executable,
      "PATH": "\(root.path)/.build/python/bin:/usr/bin:/bin",
    ]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  private static let client = """
    import numpy as np, os, sys, time
    import fedsim
    MISTAKE = sys.argv[1] if len(sys.argv) > 1 else ""
    class Mean(fedsim.Client):
        @classmethod
        def initial(cls, setup, rng):
            return [np.ones(2), np.zeros((1, 1))]
        def train(self, model, round):
            print("this is no frame")
            if self.id == 3:
                return None
            if MISTAKE == "exception" and self.id == 1:
                raise ValueError("cannot learn this")
            if MISTAKE == "shape":
                return fedsim.Update(np.zeros(4), 5)
            if MISTAKE == "type":
                return np.zeros(3)
            if MISTAKE == "exit":
                sys.exit(3)
            if MISTAKE == "kill":
                os.kill(os.getpid(), 9)
            values = 0.1 * (self.id - model) + 0.01 * round.rng.normal(size=3)
            if MISTAKE == "nan" and self.id == 1:
                values[0] = float("nan")
            return fedsim.Update(values, 5, loss=1.0)
        def evaluate(self, model):
            return fedsim.Evaluation(4, accuracy=0.75, loss=abs(model[0] - self.id), error=model[0])
    if __name__ == "__main__":
        fedsim.serve(Mean)
    """

  private static let experiment = """
    name: mean
    population: {source: worker, clients: 8, new_client_share: 0}
    model: {kind: worker, parameters: 3}
    workers: {program: [python3, mean.py], max_failures: 2}
    training: {rounds: 2, cohort_size: 8}
    evaluation: {every: 2}
    """

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(client, to: "mean.py")
    try folder.write(experiment, to: "mean.yaml")
    return folder
  }

  @Test func aRunIsReadAsFrames() throws {
    let folder = try Self.folder()
    let result = try Self.python(
      """
      import fedsim
      run = fedsim.run("mean.yaml", set={"training.rounds": 3}, workers=2, out="run")
      again = fedsim.run({"name": "again", "seed": 1, "population": {"source": "worker", "clients": 8, "new_client_share": 0},
        "model": {"kind": "worker", "parameters": 3}, "workers": {"program": ["python3", "mean.py"]},
        "training": {"rounds": 3, "cohort_size": 8}, "evaluation": {"every": 2}}, workers=1, out="again")
      assert list(run.rounds["round"]) == [1, 2, 3], run.rounds
      assert list(run.rounds["sim_idle"]) == [1, 1, 1], run.rounds
      assert list(run.metrics["metric"]) == ["accuracy", "error", "loss"] * 2, run.metrics
      assert run.evaluation["accuracy_top1"].tolist() == [0.75, 0.75], run.evaluation
      assert run.evaluation["accuracy_top3"].isna().all()
      assert run.model.shape == (3,) and (run.model == again.model).all()
      assert run.summary["rounds"] == 3, run.summary
      assert set(run.frames) == set(run.names)
      try:
          fedsim.run("mean.yaml", set={"training.roundz": 3})
      except fedsim.FedsimError as error:
          assert error.code == 78 and "training.rounds" in str(error), error
      else:
          raise AssertionError("a wrong key was taken")
      print("all is well")
      """, in: folder)
    #expect(result.exitCode == 0 && result.output == "all is well\n", "\(result.output)")
  }

  @Test(arguments: [
    ("exception", 65, "ValueError: cannot learn this (mean.py:13)"),
    ("shape", 65, "the update has 4 numbers, and the model has 3"),
    ("type", 65, "train returned ndarray, not a fedsim.Update"),
    ("exit", 75, "ended with exit status 3"), ("kill", 75, "was ended by signal 9"),
  ])
  func mistakesOfAProgramAreToldOf(_ mistake: (name: String, exitCode: Int32, words: String)) throws
  {
    let folder = try Self.folder()
    try folder.write(
      Self.experiment.replacing("mean.py]", with: "mean.py, \(mistake.name)]"), to: "mean.yaml")
    let result = try Self.python(
      """
      import fedsim
      try:
          fedsim.run("mean.yaml", workers=1)
      except fedsim.FedsimError as error:
          print(error.code, str(error).splitlines()[-1])
      """, in: folder)
    #expect(result.output.hasPrefix("\(mistake.exitCode) "), "\(result.output)")
    #expect(result.output.contains(mistake.words), "\(result.output)")
  }

  /// As one of fedsim's own clients that diverges.
  @Test func aClientWithoutNumbersIsLeftOut() throws {
    let folder = try Self.folder()
    try folder.write(
      Self.experiment.replacing("mean.py]", with: "mean.py, nan]"), to: "mean.yaml")
    let result = try Self.python(
      """
      import fedsim
      run = fedsim.run("mean.yaml", workers=2)
      print(list(run.rounds["sim_diverged"]), list(run.rounds["reported"]))
      """, in: folder)
    #expect(result.output == "[1, 1] [6, 6]\n", "\(result.output)")
  }

  @Test func thePackageKeepsEveryRule() throws {
    let folder = try Self.folder()
    let result = try Self.python(
      """
      import subprocess, os
      done = subprocess.run([os.environ["FEDSIM"], "worker-check", "--experiment", "mean.yaml"], capture_output=True, text=True)
      print(done.returncode, done.stdout)
      """, in: folder)
    #expect(result.output.hasPrefix("0 The program keeps all"), "\(result.output)")
  }
}
