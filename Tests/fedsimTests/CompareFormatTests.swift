import Foundation
import Testing

/// Tables of `compare` for a paper, from a real sweep with names that mean something to LaTeX and Markdown.
struct CompareFormatTests {
  private static let experiment = """
    name: formats
    population: {clients: 20, days: 9}
    model: {kind: logistic}
    training: {rounds: 2, cohort_size: 4}
    evaluation: {clients: 2, new_clients: 1, local_only: false}
    sweep:
      variants:
        "Zed_1 50% & {x}": {training.local.learning_rate: 0.01}
        "[A] | b": {training.local.learning_rate: 0.5}
      seed: 2
    """

  @Test func aTableHasThreeForms() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let sweep = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")
    func table(_ format: String, _ more: String...) throws -> [String] {
      let result = try CommandLineProgram.run(
        ["compare", "out", "--format", format] + more, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.output.split(omittingEmptySubsequences: false) { $0.isNewline }
        .map(String.init)
    }

    let latex = try table("latex")
    // Seeds, bytes and the lack of a claim are the same in both rows: columns that say nothing.
    #expect(latex[1] == "\\begin{tabular}{lrrrr}" && latex.contains("\\toprule"))
    #expect(latex[3].hasPrefix("Group & Top-1 accuracy (\\%) & Difference (points) & Best"))
    // In the order of the file, and no bold.
    #expect(latex[5].hasPrefix("Zed\\_1 50\\% \\& \\{x\\} & "), "\(latex[5])")
    #expect(latex[6].hasPrefix("{}[A] \\textbar{} b & "), "\(latex[6])")
    // Notes are text below the table.
    let end = try #require(latex.firstIndex(of: "\\end{tabular}"))
    let notes = latex[(end + 1)...]
    #expect(
      notes.contains("{\\footnotesize")
        && notes.contains { $0.hasPrefix("The same for all: Seeds = 2,") })
    #expect(notes.contains { $0.contains("Differences are to Zed\\_1 50\\% \\& \\{x\\},") })
    // Two seeds that differ a lot show nothing, and the mark says so.
    let isShown = try table("csv")[2].contains(",no difference shown,") == false
    #expect(latex[6].contains("$^{\\dagger}$") != isShown, "\(latex[6])")
    #expect(notes.contains { $0.hasPrefix("$^{\\dagger}$") } != isShown)
    let turned = try table("markdown", "--reference", "[A] | b", "--columns", "difference,group")
    #expect(turned[0] == "| Difference (points) | Group |", "\(turned)")
    #expect(turned[2].hasPrefix("| reference | \\[A\\]"), "\(turned)")
    #expect(latex[5].contains(" & reference & ") && latex[5].hasSuffix(" \\\\"))
    #expect(!latex.joined().contains("textbf"))

    let markdown = try table("markdown")
    #expect(markdown[0].hasPrefix("| Group | Top-1 accuracy (%) | "))
    #expect(markdown[1].hasPrefix("| --- | ---: |"))
    // Every row has as many cells as the heading: bars within names are escaped.
    let cells = markdown[..<4].map { $0.replacing("\\|", with: "").count { $0 == "|" } }
    #expect(Set(cells).count == 1, "\(markdown)")
    #expect(markdown[3].hasPrefix("| \\[A\\] \\| b | "), "\(markdown[3])")

    let csv = try table("csv")
    #expect(
      csv[0].hasPrefix(
        "group,seeds,accuracy_top1_percent,accuracy_top1_low_percent,accuracy_top1_high_percent,"
          + "difference_points,"))
    #expect(csv[1].hasPrefix("Zed_1 50% & {x},2,") && csv[2].hasPrefix("[A] | b,2,"))
    let wrong = try CommandLineProgram.run(
      ["compare", "out", "--format", "latex", "--json"], in: folder.url)
    #expect(wrong.exitCode == 64 && wrong.errors.contains("exclude each other"))
  }
}
