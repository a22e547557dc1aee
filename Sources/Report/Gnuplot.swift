import Foundation

/// The program that draws figures.
package struct Gnuplot: Sendable {
  package static let advice = "on Debian or Ubuntu: apt-get install -y gnuplot-nox"

  package let path: String

  /// The first gnuplot on the search path; nil where there is none.
  package static func find() -> Gnuplot? {
    // A relative folder would be one of whatever folder this was started in.
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .filter { $0.hasPrefix("/") }
    let paths = folders.map { "\($0)/gnuplot" }
    return paths.first(where: FileManager.default.isExecutableFile).map(Gnuplot.init)
  }

  /// As `find`; throws with how to install it.
  package static func require() throws -> Gnuplot {
    if let found = find() { return found }
    throw ReportError(
      .missingProgram, "gnuplot, which draws the figures, is not installed; \(advice).")
  }

  /// Runs a script in its folder.
  func run(_ script: String, in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    // No start-up file of the user's: the figure must depend on the script alone.
    process.arguments = ["--default-settings", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder, isDirectory: true)
    process.environment = Self.environment
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw ReportError(.inputOutput, "\(path): cannot be started; install it again.")
    }
    let words = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let name = script.split(separator: ".").first.map(String.init) ?? script
      throw ReportError(
        .badData,
        "The figure \(name) cannot be drawn from the CSV files of the runs"
          + "\(Self.reason(in: String(decoding: words, as: UTF8.self))); look for values in them that "
          + "cannot be.")
    }
  }

  /// What gnuplot says is wrong, without the line of the script that it repeats.
  private static func reason(in words: String) -> String {
    let last = words.split(separator: "\n").last { $0.contains(": ") && $0.contains("line ") }
    let reason = last?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(
      in: .whitespaces)
    return reason.map { " (gnuplot: \($0))" } ?? ""
  }

  /// Locale and variables of gnuplot's own would change a figure.
  private static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { key, _ in
      !key.hasPrefix("GNUPLOT") && !key.hasPrefix("LC_") && key != "LANG"
    }.merging(["LC_ALL": "C.UTF-8"]) { _, new in new }
  }
}
