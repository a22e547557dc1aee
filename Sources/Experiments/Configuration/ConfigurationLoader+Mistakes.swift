import Federation
import Tables

/// All mistakes of a file at once.
extension ConfigurationLoader {
  /// Values that their keys cannot have, whatever the rest of the experiment is.
  func rangeProblems(_ configuration: Configuration) -> [ExperimentError] {
    Configuration.keys.compactMap { key in
      let value = key.value(configuration)
      guard !key.kind.admits(value) else { return nil }
      return ExperimentError(
        .invalidConfiguration,
        "\(place(of: key.path)): \(key.path) must \(key.kind.rule), not \(value).")
    }
  }

  /// In the order of their lines; what was typed comes last.
  func isEarlier(_ left: ExperimentError, _ right: ExperimentError) -> Bool {
    line(of: left) < line(of: right)
  }

  private func line(of problem: ExperimentError) -> Int {
    let file = "\(PrintableText.excerpt(path, longest: 4_096)):"
    guard problem.message.hasPrefix(file) else { return .max }
    return Int(problem.message.dropFirst(file.count).prefix { $0.isNumber }) ?? .max
  }

  /// Adds what the body throws to the problems.
  func note(_ problems: inout [ExperimentError], _ body: () throws -> Void) {
    do {
      try body()
    } catch let error as ExperimentError {
      // The name of a variant is looked at once for each of its keys.
      if !problems.contains(error) { problems.append(error) }
    } catch {
      problems.append(ExperimentError(.invalidConfiguration, "\(path): \(error)."))
    }
  }
}
