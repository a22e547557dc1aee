import Synchronization

/// How long workers may go on with a round once whoever started the run wants it to stop.
///
/// A round that ends in this time is written; a longer one is given up and done again by `resume`.
package final class GracePeriod: Sendable {
  private let isInterrupted: @Sendable () -> Bool
  private let grace: Duration
  private let end = Mutex<ContinuousClock.Instant?>(nil)

  /// - Parameter seconds: shorter than what those who stop a program wait before they kill it.
  package init(seconds: Double = 5, isInterrupted: @escaping @Sendable () -> Bool) {
    self.isInterrupted = isInterrupted
    grace = .seconds(seconds)
  }

  /// Whether it is over; the time counts from the first time this is asked after the interruption.
  package var isOver: Bool {
    guard isInterrupted() else { return false }
    let now = ContinuousClock.now
    return end.withLock { end in
      let last = end ?? now + grace
      end = last
      return now >= last
    }
  }
}
