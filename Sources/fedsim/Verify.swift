import ArgumentParser
import Experiments
import Foundation
import ModelRegistry
import Storage
import UsageLog

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that runs, sweeps, lifecycles, registries and imported logs are as written.",
    discussion: """
      Examples:

        fedsim verify results/quickstart/…
        fedsim verify results
        fedsim verify phones.sqlite --seal-key-file phones.key

      Every run records the SHA-256 of each of its files. A run that has ended has them in SHA256SUMS,
      which `sha256sum -c SHA256SUMS` reads as well, and in manifest.json; any other run has them in its
      checkpoint. All commands check the files they read. This one checks all files: those of every run
      of a sweep, those of the trainings and the registry of a lifecycle, and every value of an imported
      log. log.txt is not checked. This detects damage and mixed-up files. It does not detect that
      somebody changed a file and its checksum.

      Exit code 65: a file is not what was written; 66: files are missing and all others are as
      written.
      """)

  @Argument(
    help: "Folders of runs, sweeps, lifecycles or registries, folders above them, or logs.",
    completion: .file())
  var paths: [String]

  @Option(help: "The file with the key, if logs are encrypted.", completion: .file())
  var sealKeyFile: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    var verification = Verification()
    for path in paths {
      if let kind = try FileKind.of(path), kind != .folder {
        if PopulationLedger.isLedger(path) {
          verification.checking { _ = try PopulationLedger.read(path) }
          verification.files += 1
        } else {
          check(log: path, &verification)
        }
      } else {
        try verification.check(path)
      }
    }
    for registry in verification.registries { Self.check(registry, &verification) }
    if output.json {
      try printJSON(
        Report(
          files: verification.files, isAsWritten: verification.problems.isEmpty,
          problems: verification.problems.map(\.problem), notes: verification.notes))
    } else {
      for note in verification.notes { printMessage("fedsim: \(note)") }
      for problem in verification.problems { printParagraph(problem.problem) }
      if verification.problems.isEmpty {
        printResult("\(Self.counted(verification.files)) checked, all as written.")
      }
    }
    guard !verification.problems.isEmpty else { return }
    printMessage(
      "fedsim: \(verification.problems.count) of what was checked is not as it was written.")
    throw ExitCode(verification.problems.allSatisfy(\.isMissing) ? 66 : 65)
  }

  /// Every value of an imported log.
  private func check(log path: String, _ verification: inout Verification) {
    var note: String?
    verification.checking {
      switch try UsageLog(path: path, sealKeyFile: sealKeyFile).verify() {
      case .whole: break
      case .partly(let reason): note = reason
      }
    }
    verification.notes += [note].compactMap(\.self)
    verification.files += 1
  }

  /// Every version's files against the registry's own record.
  private static func check(_ path: String, _ verification: inout Verification) {
    var versions: [ModelVersion] = []
    var registry: Registry?
    verification.checking {
      let opened = try Registry(path)
      versions = try opened.versions()
      try opened.requireListedModels()
      registry = opened
    }
    guard let registry else { return }
    if let note = registry.note { verification.notes.append(note) }
    for version in versions {
      verification.checking {
        do {
          _ = try registry.verifiedFolder(of: version)
        } catch let error as RegistryError where error.kind == .missingInput {
          throw ExperimentError(.missingInput, "\(error)")
        }
      }
      // The model and its config.yaml, and what was copied with them.
      verification.files +=
        2 + [version.manifestHash, version.summaryHash].compactMap(\.self).count
    }
  }

  private static func counted(_ files: Int) -> String { files == 1 ? "1 file" : "\(files) files" }

  private struct Report: Encodable {
    var files: Int
    var isAsWritten: Bool
    var problems: [String]
    var notes: [String]
  }
}
