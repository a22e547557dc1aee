/// How often each app was a predictor's first choice, how often it was opened, and how often both.
///
/// Tallies of disjoint predictions add up.
package struct ChoiceTally: Codable, Equatable, Sendable {
  package struct App: Codable, Equatable, Sendable {
    /// App id of the population's catalogue.
    package var app: Int32
    package var predicted: Int
    package var opened: Int
    package var hits: Int

    package init(app: Int32, predicted: Int, opened: Int, hits: Int) {
      self.app = app
      self.predicted = predicted
      self.opened = opened
      self.hits = hits
    }
  }

  /// In ascending order of their ids; only apps that were opened or predicted.
  package private(set) var apps: [App] = []

  package init() {}

  /// A tally as it came over the wire; nil when the apps are in no order.
  package init?(apps: [App]) {
    guard zip(apps, apps.dropFirst()).allSatisfy({ $0.app < $1.app }) else { return nil }
    self.apps = apps
  }

  /// Records one prediction; nothing was predicted when there was no candidate.
  package mutating func record(predicted: Int32?, opened: Int32) {
    if let predicted { add(App(app: predicted, predicted: 1, opened: 0, hits: 0)) }
    add(App(app: opened, predicted: 0, opened: 1, hits: predicted == opened ? 1 : 0))
  }

  package static func += (left: inout ChoiceTally, right: ChoiceTally) {
    for app in right.apps { left.add(app) }
  }

  private mutating func add(_ other: App) {
    var low = 0
    var high = apps.count
    while low < high {
      let middle = (low + high) / 2
      if apps[middle].app < other.app { low = middle + 1 } else { high = middle }
    }
    guard low < apps.count, apps[low].app == other.app else {
      apps.insert(other, at: low)
      return
    }
    apps[low].predicted += other.predicted
    apps[low].opened += other.opened
    apps[low].hits += other.hits
  }

  package var scores: MacroScores { MacroScores(self) }
}

/// Precision, recall and F1, each the mean over all apps that were opened or predicted.
///
/// Precision of an app is the share of its predictions that were hits, recall the share of its opens
/// that were, F1 their harmonic mean; a share of nothing is 0, so an app never predicted has
/// precision 0 and one never opened recall 0. Every app counts the same, however rare.
package struct MacroScores: Equatable, Sendable {
  package let apps: Int
  package let precision: Double
  package let recall: Double
  package let f1: Double

  init(_ tally: ChoiceTally) {
    var sums = (precision: 0.0, recall: 0.0, f1: 0.0)
    for app in tally.apps where app.hits > 0 {
      sums.precision += Double(app.hits) / Double(app.predicted)
      sums.recall += Double(app.hits) / Double(app.opened)
      sums.f1 += 2 * Double(app.hits) / Double(app.predicted + app.opened)
    }
    apps = tally.apps.count
    let total = Double(max(apps, 1))
    precision = sums.precision / total
    recall = sums.recall / total
    f1 = sums.f1 / total
  }
}
