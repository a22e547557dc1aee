import Foundation

/// A folder of figures: per figure a data file, a script, an SVG and a PNG.
package struct FigureFolder: Sendable {
  package let path: String
  private let gnuplot: Gnuplot

  package init(path: String, gnuplot: Gnuplot) {
    self.path = path
    self.gnuplot = gnuplot
  }

  static func files(of kind: FigureKind) -> [String] {
    ["csv", "gp", "svg", "png"].map { "\(kind.rawValue).\($0)" }
  }

  /// Writes and draws; returns the paths.
  ///
  /// A script that a person changed is not overwritten.
  package func write(_ figures: [Figure]) throws -> [String] {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ReportError(
        .inputOutput, "\(path): cannot be made; choose a folder you may write to with --out.")
    }
    for figure in figures {
      let script = "\(path)/\(figure.kind.rawValue).gp"
      guard let old = FileManager.default.contents(atPath: script),
        !SignedScript.isUntouched(String(decoding: old, as: UTF8.self))
      else { continue }
      throw ReportError(
        .inputOutput,
        "\(script): was changed by hand and is not overwritten; rename it, or choose another "
          + "folder with --out.")
    }
    return try figures.flatMap(draw)
  }

  private func draw(_ figure: Figure) throws -> [String] {
    let name = figure.kind.rawValue
    try write(figure.dataFile, to: "\(name).csv")
    try write(SignedScript.sign(figure.script), to: "\(name).gp")
    try gnuplot.run("\(name).gp", in: path)
    return Self.files(of: figure.kind).map { "\(path)/\($0)" }
  }

  private func write(_ text: String, to name: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"), options: .atomic)
    } catch {
      throw ReportError(
        .inputOutput,
        "\(path)/\(name): cannot be written; choose a folder you may write to with --out.")
    }
  }

  /// Draws again elsewhere and compares; returns the files that are missing or differ.
  package func check(_ figures: [Figure]) throws -> [FigureDifference] {
    try withTemporaryFolder { temporary in
      _ = try FigureFolder(path: temporary, gnuplot: gnuplot).write(figures)
      return figures.flatMap { Self.files(of: $0.kind) }.compactMap { name in
        let file = "\(path)/\(name)"
        guard let old = FileManager.default.contents(atPath: file) else {
          return FigureDifference(file: file, isMissing: true)
        }
        let new = FileManager.default.contents(atPath: "\(temporary)/\(name)")
        return old == new ? nil : FigureDifference(file: file, isMissing: false)
      }
    }
  }
}

/// A file that is not what its CSV files give.
package struct FigureDifference: Codable, Equatable, Sendable {
  package var file: String
  package var isMissing: Bool

  package var description: String {
    isMissing ? "\(file): is missing." : "\(file): is not what the CSV files of the runs give."
  }
}

/// Gives a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("fedsim-figures-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A script whose last line tells whether a person has changed it.
enum SignedScript {
  private static let mark = "# As fedsim wrote it: "

  static func sign(_ script: String) -> String { "\(script)\(mark)\(digest(script))\n" }

  static func isUntouched(_ text: String) -> Bool {
    guard let range = text.range(of: mark, options: .backwards) else { return false }
    return text == sign(String(text[..<range.lowerBound]))
  }

  /// FNV-1a, 64 bits: notices a change, defends against nobody.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
