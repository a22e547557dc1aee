import Foundation
import Privacy

/// What is claimed about privacy, as a table and in words.
struct PrivacySection {
  private let groups: [RunGroup]

  init(_ groups: [RunGroup]) { self.groups = groups }

  /// The claim of a group.
  private struct Claim {
    var label: String
    var statement: PrivacyStatement
  }

  func html() throws -> String {
    var claims: [Claim] = []
    for group in groups {
      // Of several seeds the one that promises least, where noise of clients makes them differ.
      let statements = try group.runs.compactMap { try PrivacyStatement($0) }
      guard let statement = statements.max(by: { $0.promised < $1.promised }) else { continue }
      claims.append(Claim(label: group.title, statement: statement))
    }
    guard !claims.isEmpty else {
      let lifecycles = groups.flatMap(\.runs).filter(\.isLifecycle)
      guard let epsilon = lifecycles.first?.epsilon else {
        return lifecycles.isEmpty
          ? "<p>No privacy.csv was kept, so nothing is claimed.</p>"
          : "<p>No epsilon is claimed: privacy.mechanism is none, or no finite epsilon holds.</p>"
      }
      return "<p>All trainings of this lifecycle and the nightly sums of its monitor together: ε = "
        + "\(ShownBound.epsilon(epsilon)) for one client. What phones report to the comparison of two "
        + "versions, and the columns that begin with sim_, are not covered. The folders below trainings/ say "
        + "how each training was protected.</p>"
    }
    var kinds: [[Claim]] = []
    for claim in claims {
      if let index = kinds.firstIndex(where: { $0[0].statement.kind == claim.statement.kind }) {
        kinds[index].append(claim)
      } else {
        kinds.append([claim])
      }
    }
    let isOne = kinds.count == 1
    return ([Self.table(claims)] + kinds.map { Self.html($0, isOne: isOne) })
      .joined(separator: "\n")
  }

  private static func table(_ claims: [Claim]) -> String {
    let isLaunch = claims.contains { $0.statement.launch != nil }
    var table = PageTable(
      columns: [
        "group", "mechanism", isLaunch ? "ε of the launch" : "ε", "δ", "guarantee",
        "signal / noise", "noise multiplier", "clipping bound", "sampler", "sampling rate",
        "adjacency", "accountant", "secure aggregation",
      ] + (isLaunch ? ["ε of the simulated run"] : []))
    for claim in claims {
      let statement = claim.statement
      table.rows.append(
        [
          .text(claim.label.isEmpty ? "–" : claim.label), .text(statement.mechanism),
          statement.isClaimed ? .epsilon(statement.epsilon) : .text("no claim"),
          .number(statement.delta),
          .text(statement.meaning.map { $0.band.rawValue } ?? "–"),
          statement.isHiddenByNoise
            ? .text("too small to measure") : .number(statement.signalToNoise, "%.3g"),
          .number(statement.noiseMultiplier), .setting(statement.clippingBound),
          .text(statement.sampler.isEmpty ? "–" : statement.sampler),
          .number(statement.samplingRate),
          .text(statement.adjacency.isEmpty ? "–" : statement.adjacency),
          .text(statement.accountant.isEmpty ? "–" : statement.accountant),
          .text(statement.aggregation),
        ] + (isLaunch ? [.epsilon(statement.simulated?.epsilon)] : []))
    }
    guard
      claims.contains(where: { $0.statement.isHiddenByNoise || $0.statement.signalToNoise != nil })
    else { return table.html }
    return table.html
      + "\n<p class=\"soft\">signal / noise: norm of the mean update of a round relative to the norm of its "
      + "noise, over all rounds. Too small to measure: the mean update cannot be told from the noise.</p>"
  }

  /// What claims of one kind say: once where all say the same, else each for itself.
  ///
  /// - Parameter isOne: there is no claim of another kind.
  private static func html(_ claims: [Claim], isOne: Bool) -> String {
    let labels = claims.map(\.label).filter { !$0.isEmpty }
    let heading =
      isOne || labels.isEmpty ? "" : "<h3>\(escaped(labels.joined(separator: " · ")))</h3>\n"
    let parts = claims.map(\.statement.statement)
    let rows = parts[0].map { part -> String in
      let texts = parts.map { own in own.first { $0.heading == part.heading }?.lines ?? [] }
      let isShared = texts.allSatisfy { $0 == part.lines }
      let content =
        isShared
        ? paragraphs(part.lines)
        : "<ul>"
          + zip(claims, texts).map { claim, lines in
            let label = claim.label.isEmpty ? "" : "<b>\(escaped(claim.label))</b>: "
            return "<li>\(label)\(paragraphs(lines))</li>"
          }.joined() + "</ul>"
      return "<dt>\(escaped(part.heading))</dt><dd>\(content)</dd>"
    }
    return heading + "<dl>\(rows.joined(separator: "\n"))</dl>"
  }

  /// One line as it is, several as a list.
  private static func paragraphs(_ lines: [String]) -> String {
    lines.count == 1
      ? escaped(lines[0])
      : "<ul>" + lines.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
  }
}
