import Dispatch
import Synchronization

/// Hands out 0, 1, 2 … to several threads.
final class Counter: Sendable {
  private let value = Atomic(0)

  func take() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

/// Work that one thread waits for and others do.
package final class Countdown: Sendable {
  private let group = DispatchGroup()

  package init() {}

  package func enter() { group.enter() }
  package func leave() { group.leave() }

  /// Returns when as many have left as have entered.
  package func wait() { group.wait() }
}

/// A thread that does what it is given, one thing after the other; ends with its owner.
///
/// Unlike a dispatch queue it is there or its start throws: a queue that gets no thread waits for one
/// without end.
package final class SerialThread: Sendable {
  /// What the thread itself holds on to, so that its owner can go.
  private final class Line: Sendable {
    let tasks = Mutex<[@Sendable () -> Void]>([])
    let signal = DispatchSemaphore(value: 0)

    func append(_ task: @escaping @Sendable () -> Void) {
      tasks.withLock { $0.append(task) }
      signal.signal()
    }

    /// The next task, waited for; nil when the owner has gone and nothing is left.
    func next() -> (@Sendable () -> Void)? {
      signal.wait()
      return tasks.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
  }

  private let line = Line()

  package init() throws(ThreadError) {
    let line = line
    try startThread {
      while let task = line.next() { task() }
    }
  }

  deinit { line.signal.signal() }

  /// Has it done later, after what was given before.
  package func async(execute task: @escaping @Sendable () -> Void) { line.append(task) }

  /// Has it done after what was given before, and waits for the result.
  package func sync<Value: Sendable>(execute task: @escaping @Sendable () -> Value) -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Result(task)
    line.append {
      result.find()
      done.signal()
    }
    done.wait()
    return result.value
  }

  /// What a task comes to, found by one thread and read by another afterwards.
  private final class Result<Value: Sendable>: Sendable {
    private let task: @Sendable () -> Value
    private let found = Mutex<Value?>(nil)

    init(_ task: @escaping @Sendable () -> Value) { self.task = task }

    func find() {
      let value = task()
      found.withLock { $0 = value }
    }

    var value: Value {
      guard let value = found.withLock({ $0 }) else {
        preconditionFailure("the thread did not answer")
      }
      return value
    }
  }
}
