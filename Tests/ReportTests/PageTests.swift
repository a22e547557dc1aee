import Foundation
import Report
import Testing

/// The report, as text and in a browser.
struct PageTests {
  static let hasGnuplot = Gnuplot.find() != nil
  static let hasBrowser = Browser.find() != nil

  private func page(_ runs: RunSet) throws -> String {
    try Page(runs, gnuplot: Gnuplot.require()).html()
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func everythingAReaderNeedsIsInIt() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "it's <one>")
    let html = try page(folder.runs("it's <one>"))
    for text in [
      "Does it work?", "abc", "40.0 % [0.0, 100.0]", "80.0 %", "8 kB", "No claim",
      "Most frequent app", "  cohort_size: 10", "download=\"config.yaml\"",
      "Click a heading to sort.",
      // As a shell and as a browser have to read it.
      "fedsim run &#39;\(folder.path)/it&#39;\\&#39;&#39;s &lt;one&gt;/config.yaml&#39;",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(!html.contains("<one>"))
    #expect(html.matches(of: #/<figure id=/#).count == 5)
    // Nothing is loaded: no address but those of namespaces, and ids are unique.
    for address in html.matches(of: #/(https?:)?\/\/[a-z][^"\s<]*/#) {
      #expect(address.output.0.hasPrefix("http://www.w3.org/"), "\(address.output.0)")
    }
    let ids = html.matches(of: #/ id=["']([^"']+)["']/#).map { String($0.output.1) }
    #expect(Set(ids).count == ids.count)
    #expect(try page(folder.runs("it's <one>")) == html, "the same bytes again")
  }

  /// 0.9 for a week, 0.3 when habits change on day 8, 0.4, and 0.8 in the last week: 0.5 of 0.6 is regained.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func aLifecycleIsAnsweredByItsDays() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "# Does it recover?\nname: months\nseed: 1\npopulation:\n  drift:\n    day: 8\n",
      to: "life/config.yaml")
    try folder.write(
      "{\"answered\": 1590, \"unlocks\": 1600, \"epsilon\": null, \"delta\": null, \"rounds\": 4}",
      to: "life/summary.json")
    var rows =
      "day,date,version,stage,days_since_training,event,sim_unlocks,sim_answered,sim_accuracy_top1,"
      + "sim_accuracy_of_all_phones,sim_ceiling\r\n"
    for day in 1...16 {
      let (version, accuracy) =
        switch day {
        case ...7: (1, 0.9)
        case 8: (1, 0.3)
        case 9: (1, 0.4)
        default: (2, 0.8)
        }
      let event = day == 9 ? "below threshold; version 2 trained" : day == 10 ? "promoted" : ""
      let age = version == 1 ? day : day - 9
      rows +=
        "\(day),2026-01-\(day < 10 ? "0" : "")\(day),\(version),production,\(age),\(event),100,"
        + "\(day == 1 ? 90 : 100),\(accuracy),\(accuracy),0.95\r\n"
      if day > 9 { rows += "\(day),2026-01-\(day),1,retired,\(day),,0,0,,0.5,0.95\r\n" }
    }
    try folder.write(rows, to: "life/lifecycle.csv")
    let html = try page(folder.runs("life"))
    for text in [
      "83.3 % of the accuracy that was lost when habits changed on day 8 was regained: 90.0 % in the 7 days "
        + "before, 30.0 % on the worst day after (day 8), 80.0 % in the last 7 days.",
      "Without any retraining, version 1 would have had 50.0 % in the last 7 days.",
      "After the first version, 1 was trained: 1 promoted, 0 rolled back.",
      "99.375 % of unlocks had a suggestion.", "First day in production", "version 2 trained",
      "fedsim lifecycle \(folder.path)/life/config.yaml", "No epsilon is claimed",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    for text in ["cannot be judged", "id=\"every-predictor\"", "fedsim run "] {
      #expect(!html.contains(text), "\(text)")
    }
  }

  /// The answer comes first; groups are held against the one that was named first.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func theAnswerComesFirst() throws {
    let folder = try TemporaryFolder()
    try SmallRun(cohortSize: 20, accuracies: [0.2, 0.5]).write(to: folder, "larger")
    try SmallRun(cohortSize: 10).write(to: folder, "smaller")
    let html = try page(folder.runs("larger", "smaller"))
    let answer = try #require(html.range(of: "<section id=\"answer\">"))
    let result = try #require(html.range(of: "<section id=\"result\">"))
    #expect(answer.lowerBound < result.lowerBound)
    // Both clients lose ten points, which among two may be chance.
    for text in [
      "No training.cohort_size is shown to cost less than 1 point against 20, the largest",
      "No difference shown to cohort_size = 20: cohort_size = 10 (-10.0 points [-10.0, -10.0])",
      "With one seed the intervals allow for",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    // One run alone: 0.4 against 0.1 of most_frequent and 0.5 of the Bayes optimum.
    let alone = try page(folder.runs("smaller"))
    #expect(alone.contains("Does federated learning help here?"))
    #expect(
      alone.contains(
        "Federated is better than most-frequent (the app that the client opened most often) by 30.0 points"
      ))
    #expect(alone.contains("Federated reaches 80.0 % of the Bayes optimum, 10.0 points below it."))
  }

  /// The last round of the model, against the ceiling, which was written once.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func segmentsAreATable() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    #expect(try !page(folder.runs("one")).contains("id=\"segments\""))
    try folder.write(
      """
      round,split,predictor,segment_kind,segment,clients,examples,accuracy_top1,f1_macro,expected_calibration_error
      1,future,federated,archetype,gamer,3,70,0.1,0.05,0.5
      1,future,bayes_optimal,archetype,gamer,3,70,0.5,0.3,0
      2,future,federated,archetype,gamer,3,71,0.4,0.25,0.012

      """, to: "one/segments.csv")
    let html = try page(folder.runs("one"))
    let start = try #require(html.range(of: "id=\"segments\"")?.upperBound)
    let section = html[start...].split(separator: "</section>")[0]
    for text in [">gamer<", ">71<", ">40.0 %<", ">80.0 %<", ">25.0 %<", ">1.2 %<"] {
      #expect(section.contains(text), "\(text)")
    }
    #expect(!section.contains(">70<"))
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func aClaimIsSaidInPlainWords() throws {
    let folder = try TemporaryFolder()
    try SmallRun(
      mechanism: "gaussian", epsilons: ["0.5", "1.23412"], secureAggregation: "secagg_plus"
    ).write(to: folder, "one")
    let html = try page(folder.runs("one"))
    for text in [
      "entire history (user-level differential privacy)",
      "The server that adds the noise is trusted", "there is no differential privacy",
      "ε = 1.24 at δ = 1e-5", ">1.235<", "the noise multiplier is 1.5", "add_or_remove",
      "joins each round independently with probability 0.1", "PLD accountant",
      // e^1.23412 = 3.4353, 3.4353 / 4.4353 = 0.77454.
      "at most e^ε = 3.44 times what it was, plus δ", "at most 77.5 % sure", "reasonable guarantee",
      "Only sums over at least 2 clients (secagg_plus)", "sim_", "knows the seed",
      "<li>Cohorts are secret.</li><li>Clocks agree.</li>", "the model.",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(!html.contains("No claim"))
  }

  /// Every group has its own promise; what all say alike is said once.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func everyGroupHasItsOwnPromise() throws {
    let folder = try TemporaryFolder()
    for (size, epsilon) in [(5, "0.5"), (10, "1.5"), (20, "12.5")] {
      try SmallRun(cohortSize: size, mechanism: "gaussian", epsilons: ["0.1", epsilon])
        .write(to: folder, "\(size)")
    }
    let html = try page(folder.runs("5", "10", "20"))
    for text in [
      "<b>Clients per round = 5</b>: ε = 0.500 at δ = 1e-5",
      "<b>Clients per round = 10</b>: ε = 1.50 at δ = 1e-5",
      "<b>Clients per round = 20</b>: ε = 12.5 at δ = 1e-5", "ε = 12.5 is above 10",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(!html.contains("those of the first"))
    #expect(html.components(separatedBy: "The server that adds the noise is trusted").count == 2)
  }

  @Test(
    .enabled(if: hasGnuplot && hasBrowser, "gnuplot or chromium is not installed"),
    arguments: [false, true])
  func itWorksInABrowser(isDark: Bool) throws {
    let folder = try TemporaryFolder()
    for (size, seed) in [(5, 1), (5, 2), (10, 1), (10, 2)] {
      try SmallRun(
        seed: seed, cohortSize: size, mechanism: "gaussian", epsilons: ["0.5", "0.75"],
        accuracies: [0.2, 0.3 + 0.01 * Double(size * seed)], secureAggregation: "secagg"
      ).write(to: folder, "\(size)-\(seed)")
    }
    let html = try page(folder.runs("5-1", "5-2", "10-1", "10-2"))
    try folder.write(html, to: "report.html")
    try folder.write(Harness.page, to: "harness.html")
    let browser = try #require(Browser.find())
    let (document, messages) = try browser.open("harness.html", isDark: isDark, in: folder)
    // Chromium logs what a script complains about; the rest is about the machine it runs on.
    #expect(messages.split(separator: "\n").filter { $0.contains("CONSOLE") } == [])
    let findings = try Harness.findings(in: document)
    #expect(findings.map(\.width) == [390, 1280])
    #expect((findings.first?.cut ?? 0) > 0, "a phone cannot show a wide table")
    for finding in findings {
      #expect(finding.overflow == 0)
      #expect(finding.figures.count == 11 && finding.drawn == finding.figures)
      // No column is cut off without a word.
      #expect(finding.cues == finding.cut, "tables that are wider than their place say so")
      #expect(finding.contrast >= 4.5, "text must be legible")
      #expect(finding.isDark == isDark)
      #expect(finding.ascending.count == 6 && finding.ascending == finding.ascending.sorted())
      #expect(finding.descending == finding.ascending.reversed())
    }
  }
}
