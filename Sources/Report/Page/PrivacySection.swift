import Foundation

/// What is claimed about privacy, as a table and in words.
struct PrivacySection {
  private let groups: [RunGroup]

  init(_ groups: [RunGroup]) { self.groups = groups }

  func html() throws -> String {
    var table = PageTable(columns: [
      "group", "mechanism", "ε", "δ", "noise multiplier", "clipping bound", "sampler",
      "sampling rate", "adjacency", "accountant", "secure aggregation",
    ])
    var statements: [(claim: PrivacyStatement, labels: [String])] = []
    for group in groups {
      guard let claim = try group.runs.lazy.compactMap({ try PrivacyStatement($0) }).first else {
        continue
      }
      table.rows.append([
        .text(group.title.isEmpty ? "–" : group.title), .text(claim.mechanism),
        claim.isClaimed ? .epsilon(claim.epsilon) : .text("no claim"), .number(claim.delta),
        .number(claim.noiseMultiplier), .setting(claim.clippingBound),
        .text(claim.sampler.isEmpty ? "–" : claim.sampler), .number(claim.samplingRate),
        .text(claim.adjacency.isEmpty ? "–" : claim.adjacency),
        .text(claim.accountant.isEmpty ? "–" : claim.accountant), .text(claim.aggregation),
      ])
      if let index = statements.firstIndex(where: { $0.claim.kind == claim.kind }) {
        statements[index].labels.append(group.title)
      } else {
        statements.append((claim, [group.title]))
      }
    }
    guard !statements.isEmpty else {
      let lifecycles = groups.flatMap(\.runs).filter(\.isLifecycle)
      guard let epsilon = lifecycles.first?.epsilon else {
        return "<p>No privacy.csv was kept, so nothing is claimed.</p>"
      }
      return "<p>All trainings of this lifecycle and the nightly sums of its monitor together: ε "
        + "\(epsilon) for one client. What phones report to the comparison of two versions, and the "
        + "columns that begin with sim_, are not covered. The folders below trainings/ say how each "
        + "training was protected.</p>"
    }
    // One statement for all needs no heading.
    if statements.count == 1, statements[0].labels.count == groups.count,
      !statements[0].claim.isClaimed
    {
      statements[0].labels = [""]
    }
    return ([table.html] + statements.map(html)).joined(separator: "\n")
  }

  private func html(_ claim: PrivacyStatement, labels: [String]) -> String {
    let heading =
      labels == [""]
      ? ""
      : "<h3>\(escaped(labels.joined(separator: " · ")))</h3>\n"
        + (labels.count > 1
          ? "<p class=\"soft\">Numbers in the text are those of the first; the others are in the "
            + "table.</p>\n" : "")
    let rows = claim.statement.map { "<dt>\(escaped($0.heading))</dt><dd>\(escaped($0.text))</dd>" }
    return heading + "<dl>\(rows.joined(separator: "\n"))</dl>"
  }
}
