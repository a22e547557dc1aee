import Foundation

/// Lets threads wait for what other threads change.
final class ChangeSignal: Sendable {
  private let condition = NSCondition()

  /// Returns once this is so; it is asked again after every announcement.
  func wait(until isSo: () -> Bool) {
    condition.lock()
    defer { condition.unlock() }
    while !isSo() { condition.wait() }
  }

  /// Says that something has changed.
  func announce() {
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }
}
