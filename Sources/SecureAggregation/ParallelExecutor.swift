import Threads

/// Runs independent tasks, on as many threads as the owner of the machine allows.
package struct ParallelExecutor: Sendable {
  /// Tasks that can make progress at the same time; work is cut to suit it.
  package let width: Int
  /// Calls the body once for every number in 0..<tasks, returning after the last has ended.
  package let run: @Sendable (_ tasks: Int, _ body: @Sendable (Int) -> Void) -> Void

  package init(
    width: Int, run: @escaping @Sendable (_ tasks: Int, _ body: @Sendable (Int) -> Void) -> Void
  ) {
    precondition(width > 0)
    self.width = width
    self.run = run
  }

  /// Everything on the calling thread.
  package static let serial = ParallelExecutor(width: 1) { tasks, body in
    for task in 0..<tasks { body(task) }
  }

  /// At most `count` threads.
  package static func threads(_ count: Int) -> ParallelExecutor {
    ParallelExecutor(width: count) { tasks, body in
      inParallel(tasks, width: count, body)
    }
  }

  /// The results of all tasks, in order.
  func map<Result: Sendable>(
    _ tasks: Int, _ transform: @Sendable (Int) -> Result
  ) -> [Result] {
    [Result](unsafeUninitializedCapacity: tasks) { buffer, initialized in
      // Every task writes its own place and nobody reads before `run` returns.
      nonisolated(unsafe) let results = buffer
      run(tasks) { task in
        results.initializeElement(at: task, to: transform(task))
      }
      initialized = tasks
    }
  }
}
