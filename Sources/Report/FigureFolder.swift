import Foundation
import Glibc

/// How a figure can be saved; raw values end the names of its files.
package enum FigureFormat: String, CaseIterable, Sendable {
  case svg, png, pdf

  package static var list: String { "pdf, svg and png" }

  /// Endings of pictures and of what figures are made of: a path that ends in one names a file.
  private static let endings: Set = [
    "bmp", "csv", "emf", "eps", "gif", "gp", "html", "jpeg", "jpg", "pdf", "pgf", "png", "ps",
    "svg",
    "tex", "tif", "tiff", "txt", "webp",
  ]

  /// The ending of a path that names a file and no folder, in small letters; nil for a folder.
  package static func ending(of path: String) -> String? {
    let ending = (path as NSString).pathExtension.lowercased()
    return endings.contains(ending) ? ending : nil
  }
}

/// A folder of figures: per figure a data file, a script, an SVG, a PNG, a PDF and a caption.
package struct FigureFolder: Sendable {
  package let path: String
  private let gnuplot: Gnuplot

  package init(path: String, gnuplot: Gnuplot) {
    self.path = path
    self.gnuplot = gnuplot
  }

  static func files(of kind: FigureKind) -> [String] {
    ["csv", "gp", "svg", "png", "pdf", "txt"].map { "\(kind.rawValue).\($0)" }
  }

  /// Writes and draws; returns the paths.
  ///
  /// Everything is drawn in a folder of its own and put in place file by file: no script and no link
  /// that lies in `path` already is run or followed. A script that a person changed is not
  /// overwritten.
  package func write(_ figures: [Figure]) throws -> [String] {
    let isNew = !FileManager.default.fileExists(atPath: path)
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ReportError(
        .inputOutput, "\(path): cannot be made; choose a folder you may write to with --out.")
    }
    ReplacedFile.clearLeftovers(in: path)
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
    return try withTemporaryFolder { temporary in
      do {
        for figure in figures { try Self.draw(figure, with: gnuplot, in: temporary) }
      } catch {
        // Nothing lies in it yet.
        if isNew { rmdir(path) }
        throw error
      }
      return try figures.flatMap { figure in
        try Self.files(of: figure.kind).map { name in
          guard let data = FileManager.default.contents(atPath: "\(temporary)/\(name)") else {
            throw ReportError(
              .inputOutput, "\(temporary)/\(name): cannot be read; free some space and try again.")
          }
          try ReplacedFile.write(data, to: "\(path)/\(name)")
          return "\(path)/\(name)"
        }
      }
    }
  }

  /// Draws a figure into a folder that is nobody else's.
  static func draw(
    _ figure: Figure, with gnuplot: Gnuplot, in folder: String,
    for medium: FigureMedium = .paper
  ) throws {
    let name = figure.kind.rawValue
    try ReplacedFile.write(Data(figure.dataFile.utf8), to: "\(folder)/\(name).csv")
    try ReplacedFile.write(Data(figure.captionFile.utf8), to: "\(folder)/\(name).txt")
    let script = SignedScript.sign(figure.script(for: medium))
    try ReplacedFile.write(Data(script.utf8), to: "\(folder)/\(name).gp")
    try gnuplot.run("\(name).gp", in: folder)
    let document = "\(folder)/\(name).pdf"
    if let data = FileManager.default.contents(atPath: document) {
      try ReplacedFile.write(PDFDate.removed(from: data), to: document)
    }
  }

  /// One figure in one format, as the bytes of a file.
  package static func bytes(
    of figure: Figure, as format: FigureFormat, gnuplot: Gnuplot
  ) throws -> Data {
    try withTemporaryFolder { temporary in
      try draw(figure, with: gnuplot, in: temporary)
      let file = "\(temporary)/\(figure.kind.rawValue).\(format.rawValue)"
      guard let data = FileManager.default.contents(atPath: file) else {
        throw ReportError(
          .inputOutput, "\(file): cannot be read; free some space and try again.")
      }
      return data
    }
  }

  /// Draws again elsewhere and compares; returns the files that are missing or differ.
  package func check(_ figures: [Figure]) throws -> [FigureDifference] {
    try withTemporaryFolder { temporary in
      for figure in figures { try Self.draw(figure, with: gnuplot, in: temporary) }
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

  package init(file: String, isMissing: Bool) {
    self.file = file
    self.isMissing = isMissing
  }

  package var description: String {
    isMissing ? "\(file): is missing." : "\(file): is not what the CSV files of the runs give."
  }
}

/// Gives a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("fedsim-figures-\(UUID().uuidString)").path
  do {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  } catch {
    throw ReportError(
      .inputOutput, "\(folder): cannot be made; free some space, or set TMPDIR to another folder.")
  }
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The moment at which a PDF file was made, which would make every drawing another file.
enum PDFDate {
  private static let mark = Data("/CreationDate (D:".utf8)

  /// The file with a fixed date of the same length: places in it stay what they are.
  static func removed(from file: Data) -> Data {
    guard let found = file.range(of: mark) else { return file }
    var file = file
    let epoch = Data("19700101000000".utf8)
    let digits = found.upperBound..<min(found.upperBound + epoch.count, file.endIndex)
    guard digits.count == epoch.count,
      file[digits].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return file }
    file.replaceSubrange(digits, with: epoch)
    return file
  }
}

/// A script whose last line says whether a person has changed it.
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
