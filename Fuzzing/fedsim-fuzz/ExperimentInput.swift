import Federation
import Foundation

@testable import Experiments

/// An experiment file, and after a line `--set` one override a line.
///
/// What is accepted is checked once more: its resolved text must be accepted, and mean the same.
@Sendable func readExperiment(_ input: UnsafeRawBufferPointer) {
  guard let text = String(validating: input, as: UTF8.self) else { return }
  let parts = text.split(separator: "\n--set\n", maxSplits: 1, omittingEmptySubsequences: false)
  let overrides = parts.count > 1 ? parts[1].split(separator: "\n").map(String.init) : []
  do {
    let loader = try ConfigurationLoader(
      path: "fuzz.yaml", text: String(parts[0]), overrides: overrides)
    guard loader.hasSweep else {
      check(try loader.configuration())
      return
    }
    let axes = try loader.sweepAxes()
    _ = try loader.sweepText()
    // The first step of every axis, and each other step beside those.
    let first = axes.compactMap { $0.steps.first?.settings }
    for (index, axis) in axes.enumerated() {
      for step in axis.steps.prefix(3) {
        var settings = first
        settings[index] = step.settings
        _ = try? loader.configuration(with: settings.flatMap(\.self))
      }
    }
  } catch let error as ExperimentError {
    // A file that is extended may be missing or none.
    let codes: [ExperimentError.Code] = [.invalidConfiguration, .missingInput, .badData]
    require(codes.contains(error.code), "exit code of: \(error)")
    require(!error.message.contains("\n"), "one sentence: \(error)")
  } catch {
    require(false, "an error of another layer: \(error)")
  }
}

private func check(_ configuration: Configuration) {
  do {
    let text = try ConfigurationTree.text(of: configuration)
    let again = try ConfigurationLoader(path: "config.yaml", text: text, overrides: [])
      .configuration()
    require(
      try ConfigurationTree.text(of: again) == text, "the resolved text means the same:\n\(text)")
  } catch {
    require(false, "a resolved text that is refused: \(error)")
  }
}
