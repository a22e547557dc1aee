import Foundation

/// A report on runs as one HTML file that needs nothing else.
package struct Page: Sendable {
  private let runs: RunSet
  private let groups: [RunGroup]
  private let drawings: [Drawing]

  /// A figure and its SVG text.
  struct Drawing: Sendable {
    var figure: Figure
    var svg: String
  }

  /// Draws every figure the data can give.
  package init(_ runs: RunSet, gnuplot: Gnuplot) throws {
    self.runs = runs
    groups = runs.groups()
    let figures = try runs.figures()
    drawings = try withTemporaryFolder { folder in
      try figures.map { figure in
        try FigureFolder.draw(
          figure, with: gnuplot, in: folder, for: .page)
        let svg = FileManager.default.contents(atPath: "\(folder)/\(figure.kind.rawValue).svg")
        return Drawing(figure: figure, svg: String(decoding: svg ?? Data(), as: UTF8.self))
      }
    }
  }

  package var figureCount: Int { drawings.count }

  package func html() throws -> String {
    let sections = try sections()
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <header>
      <h1>\(escaped(title))</h1>
      \(runs.questions.map { "<p class=\"question\">\(escaped($0))</p>" }.joined(separator: "\n"))
      <p class="soft">\(escaped(extent))</p>
      \(runs.notes.map { "<p class=\"soft\">\(escaped($0))</p>" }.joined(separator: "\n"))
      </header>
      <main>
      \(sections.joined(separator: "\n"))
      </main>
      <script>
      \(Self.sorting)
      \(Self.scrolling)
      \(Self.filtering)
      </script>
      </body>
      </html>

      """
  }

  /// The parts of the page, each with its heading.
  private func sections() throws -> [String] {
    let lifecycle = try LifecycleSection(groups)
    let tables = try ResultTables(runs, groups)
    let predictors = try lifecycle == nil ? section("Every predictor", tables.predictors()) : nil
    return [
      section("Answer", try lifecycle?.answer() ?? VerdictSection(runs, groups).html()),
      section("Result", try lifecycle?.results() ?? tables.results()),
      section("Figures", figures), predictors,
      try SegmentTable(groups).html().map { section("Segments", $0) },
      section("Privacy", try PrivacySection(groups).html()),
      section("Configuration", try ConfigurationSection(runs).html()),
      section("Environment", EnvironmentSection(runs).html),
      section("How to repeat it", RepetitionSection(runs).html),
    ].compactMap(\.self)
  }

  private var title: String {
    var names: [String] = []
    for run in runs.runs {
      let name = run.settings["name"] ?? (run.path as NSString).lastPathComponent
      if !names.contains(name) { names.append(name) }
    }
    return names.joined(separator: ", ")
  }

  private var extent: String {
    let count = runs.runs.count
    guard count > 1 else { return "One run: \(runs.runs[0].path)." }
    let keys = runs.varied.isEmpty ? "only the seed" : runs.varied.joined(separator: ", ")
    let groups = self.groups.count == 1 ? "1 group" : "\(self.groups.count) groups"
    return "\(count) runs in \(groups); what differs: \(keys)."
  }

  private func section(_ title: String, _ content: String) -> String {
    let id = title.lowercased().replacing(" ", with: "-")
    return "<section id=\"\(id)\"><h2>\(title)</h2>\n\(content)\n</section>"
  }

  private var figures: String {
    let figures = drawings.map { drawing in
      let kind = drawing.figure.kind
      return """
        <figure id="\(kind.rawValue)"><h3>\(escaped(kind.title))</h3>
        \(InlineSVG.html(drawing.svg, id: kind.rawValue, label: kind.title))
        <figcaption>\(escaped(drawing.figure.caption))</figcaption></figure>
        """
    }
    return "<div class=\"figures\">\n\(figures.joined(separator: "\n"))\n</div>"
  }
}

/// An SVG file of gnuplot as part of a page.
enum InlineSVG {
  static func html(_ svg: String, id: String, label: String) -> String {
    let body = svg.range(of: "<svg").map { String(svg[$0.lowerBound...]) } ?? ""
    return
      body
      // Several figures share a page: their marks and groups need names of their own.
      .replacing("gpPt", with: "\(id)-mark-").replacing("gpDot", with: "\(id)-dot")
      .replacing("id=\"gnuplot_", with: "id=\"\(id)-")
      .replacing("id='textbox'", with: "id='\(id)-textbox'")
      .replacing("id='greybox'", with: "id='\(id)-greybox'")
      .replacing(#/<title>.*?<\/title>|<desc>.*?<\/desc>/#, with: "")
      .replacing(
        "<svg", with: "<svg role=\"img\" aria-label=\"\(escaped(label))\"", maxReplacements: 1)
  }
}
