import Foundation
import Glibc

/// A commented experiment file to begin with.
package enum ExperimentTemplate: String, CaseIterable, Sendable {
  case quickstart, sweep, secure, privacy, lifecycle, log

  /// What it is for, in one line.
  package var summary: String {
    switch self {
    case .quickstart: "simulated phones, the strongest model"
    case .sweep: "the same with several cohort sizes and seeds, for `fedsim sweep`"
    case .secure: "the same with secure aggregation: the server sees only sums"
    case .privacy: "accuracy at several epsilons, for `fedsim sweep`; what a launch would cost"
    case .lifecycle:
      "weeks of a product's life: monitor, retraining, rollout, for `fedsim lifecycle`"
    case .log: "a log of your own, imported with `fedsim data import`"
    }
  }

  /// The verb that runs it.
  package var verb: String {
    switch self {
    case .sweep, .privacy: "sweep"
    case .lifecycle: "lifecycle"
    case .quickstart, .secure, .log: "run"
    }
  }

  /// Writes the template as `<name>.yaml` and returns that path; a file that exists stays.
  package func write(name: String) throws -> String {
    let path = name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? name : "\(name).yaml"
    let title = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let isPlain = title.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
    }
    guard isPlain, title.first?.isLetter == true else {
      throw ExperimentError(
        .invalidConfiguration,
        "\(title): cannot be the name of an experiment; take letters, digits, '-', '_' and '.', "
          + "beginning with a letter.")
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      guard errno == EEXIST else {
        throw ExperimentError(
          .inputOutput,
          "\(path): cannot be written: \(String(cString: strerror(errno))); give a NAME in a folder "
            + "that is there and that you may write to.")
      }
      throw ExperimentError(
        .inputOutput,
        "\(path): exists already, and this command replaces nothing; choose another name."
      )
    }
    defer { close(descriptor) }
    try FileSystem.writeAll(
      Data(text(name: title, path: path).utf8), to: descriptor, path: path)
    return path
  }
}
