import Federation

/// Watches a daily accuracy and says when it has been too low for some days in a row.
package struct AccuracyMonitor: Codable, Equatable, Sendable {
  private let reference: MonitorConfiguration.Reference
  private let threshold: Double
  private let windowDays: Int
  private let cooldownDays: Int
  /// The latest days, as a share of the reference where that is known at once.
  private var window: [Double] = []
  /// The first days after the latest release.
  private var released: [Double] = []
  /// Days until a retraining may begin.
  private var cooldown = 0

  package init(_ configuration: MonitorConfiguration) {
    reference = configuration.reference
    threshold = configuration.threshold
    windowDays = configuration.windowDays
    cooldownDays = configuration.cooldownDays
  }

  /// Takes what was measured on a day; a day without a measurement does not count.
  ///
  /// - Parameter ceiling: share of the best possible accuracy; nil where that is not known.
  package mutating func record(accuracy: Double?, shareOfCeiling: Double?) {
    cooldown = max(0, cooldown - 1)
    guard let value = reference == .ceiling ? shareOfCeiling : accuracy, value.isFinite else {
      return
    }
    if released.count < windowDays { released.append(value) }
    window.append(value)
    if window.count > windowDays { window.removeFirst() }
  }

  /// Whether each of the latest days lies below the threshold, and no cool-down holds it back.
  package var isBelow: Bool {
    guard window.count == windowDays, cooldown == 0 else { return false }
    let base = reference == .release ? released.reduce(0, +) / Double(released.count) : 1
    return window.allSatisfy { $0 < threshold * base }
  }

  /// Another version is in production: what came before says nothing about it.
  package mutating func release() {
    window = []
    released = []
    coolDown()
  }

  /// Gives what was just decided time to show.
  package mutating func coolDown() {
    // The coming day counts first.
    cooldown = cooldownDays + 1
  }
}
