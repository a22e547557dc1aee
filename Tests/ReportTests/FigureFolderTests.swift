import Foundation
import Report
import Testing

/// Figures on disk, drawn by the real gnuplot.
@Suite(.enabled(if: PageTests.hasGnuplot, "gnuplot is not installed"))
struct FigureFolderTests {
  private func figures(_ folder: TemporaryFolder) throws -> [Figure] {
    try folder.runs("one").figures()
  }

  private func drawn(_ folder: TemporaryFolder) throws -> FigureFolder {
    try SmallRun().write(to: folder, "one")
    let output = FigureFolder(path: "\(folder.path)/figures", gnuplot: try Gnuplot.require())
    let files = try output.write(figures(folder))
    #expect(files.count == 30 && files[0] == "\(folder.path)/figures/accuracy-rounds.csv")
    return output
  }

  @Test func everyLineIsDrawnAndNothingTellsTheTime() throws {
    let folder = try TemporaryFolder()
    let output = try drawn(folder)
    let svg = try folder.text(of: "figures/accuracy-rounds.svg")
    for name in [
      "Federated", "Bayes optimum", "Most frequent app", "Round", "Top-1 accuracy (%)",
    ] {
      #expect(svg.contains(">\(name)</text>"), "\(name)")
    }
    // Accuracy from 20 to 40 %: a line of two points, its band, and two horizontal lines.
    #expect(svg.contains("<polygon") && svg.contains("rgb(  0, 114, 178)"))
    #expect(svg.contains("viewBox=\"0 0 340 "))
    #expect(!svg.contains("202"), "no year")
    let image = try Data(contentsOf: URL(fileURLWithPath: "\(output.path)/accuracy-rounds.png"))
    #expect(image.starts(with: [0x89, 0x50, 0x4e, 0x47]) && image.count > 5_000)
    #expect(image.range(of: Data("tIME".utf8)) == nil)
    // Drawn twice, the PDF has the same bytes (see aFigureIsWhatItsFilesGive), and a date of no moment.
    let document = try Data(contentsOf: URL(fileURLWithPath: "\(output.path)/accuracy-rounds.pdf"))
    #expect(document.starts(with: Data("%PDF-".utf8)))
    #expect(document.range(of: Data("/CreationDate (D:19700101000000".utf8)) != nil)
  }

  @Test func oneFigureIsOneFile() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let figure = try FigureKind.accuracyRounds.figure(of: folder.runs("one"))
    let starts: [(FigureFormat, String)] = [(.pdf, "%PDF-"), (.svg, "<?xml"), (.png, "\u{89}PNG")]
    for (format, start) in starts {
      let data = try FigureFolder.bytes(of: figure, as: format, gnuplot: .require())
      #expect(data.starts(with: start.unicodeScalars.map { UInt8($0.value) }), "\(format)")
    }
    for (path, ending) in [
      ("a.pdf", "pdf"), ("b/c.PNG", "png"), ("a.eps", "eps"), ("figures", nil), ("v1.2", nil),
      ("pdf", nil), ("results/.hidden", nil),
    ] {
      #expect(FigureFormat.ending(of: path) == ending, "\(path)")
    }
  }

  @Test func aFigureIsWhatItsFilesGive() throws {
    let folder = try TemporaryFolder()
    let output = try drawn(folder)
    #expect(try output.check(figures(folder)) == [])
    // Two clients alike, and the band, which went from 0 to 100 %, is gone: what shows it differs.
    let clients = try folder.text(of: "one/clients.csv")
    try folder.write(
      clients.replacing("2,future,7,federated,10,0.6", with: "2,future,7,federated,10,0.3"),
      to: "one/clients.csv")
    let names = try output.check(figures(folder)).map { ($0.file as NSString).lastPathComponent }
    // The band over clients, and their distribution; the scripts stay.
    #expect(
      names == [
        "accuracy-rounds.csv", "accuracy-rounds.svg", "accuracy-rounds.png", "accuracy-rounds.pdf",
        "accuracy-bytes.csv", "accuracy-bytes.svg", "accuracy-bytes.png", "accuracy-bytes.pdf",
        "accuracy-time.csv", "accuracy-time.svg", "accuracy-time.png", "accuracy-time.pdf",
        "client-accuracy.csv", "client-accuracy.svg", "client-accuracy.png", "client-accuracy.pdf",
      ])
  }

  @Test func aPictureOfSomethingElseIsFound() throws {
    let folder = try TemporaryFolder()
    let output = try drawn(folder)
    let svg = try folder.text(of: "figures/update-norm.svg")
    try folder.write(
      svg.replacing("Update norm", with: "update norm"), to: "figures/update-norm.svg")
    try FileManager.default.removeItem(atPath: "\(output.path)/accuracy-time.png")
    let differences = try output.check(figures(folder))
    #expect(
      differences.map(\.description) == [
        "\(output.path)/accuracy-time.png: is missing.",
        "\(output.path)/update-norm.svg: is not what the CSV files of the runs give.",
      ])
  }

  @Test func aScriptChangedByHandIsKeptAndRunsByItself() throws {
    let folder = try TemporaryFolder()
    let output = try drawn(folder)
    let script = try folder.text(of: "figures/update-norm.gp")
    let changed = script.replacing("ylabel 'Update norm'", with: "ylabel 'length'")
    try folder.write(changed, to: "figures/update-norm.gp")
    let error = #expect(throws: ReportError.self) { try output.write(figures(folder)) }
    #expect(error?.kind == .inputOutput)
    #expect(error?.message.contains("update-norm.gp: was changed by hand") == true)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Gnuplot.require().path)
    process.arguments = ["update-norm.gp"]
    process.currentDirectoryURL = URL(fileURLWithPath: output.path)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try folder.text(of: "figures/update-norm.svg").contains("length"))
  }
}
