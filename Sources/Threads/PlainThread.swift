import Glibc

/// Why a thread does not run.
package struct ThreadError: Error, Equatable, CustomStringConvertible {
  package let code: Int32

  package var description: String {
    "no further thread can be started: \(String(cString: strerror(code))); raise the limit of "
      + "processes (ulimit -u) or of memory (ulimit -v), or use fewer --workers"
  }
}

/// A thread of its own, for work that blocks; throws when the system gives none.
///
/// The libraries that make threads when they are needed wait for ever, or end the program, where the
/// system has none to give.
///
/// - Parameter stackSize: in bytes; whatever the limit of this process's stack is.
package func startThread(
  stackSize: Int = 8 << 20, _ body: @escaping @Sendable () -> Void
) throws(ThreadError) {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, stackSize)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let box = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, &attributes,
    { pointer in
      guard let pointer else { return nil }
      Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
      return nil
    }, box.toOpaque())
  guard code == 0 else {
    box.release()
    throw ThreadError(code: code)
  }
}

/// Calls the body once for every number in 0..<count, on this thread and as many others as there are;
/// returns after the last call has ended.
///
/// - Parameter width: threads at most, this one among them.
package func inParallel(_ count: Int, width: Int, _ body: @Sendable (Int) -> Void) {
  let next = Counter()
  withoutActuallyEscaping(body) { body in
    withUnsafePointer(to: body) { pointer in
      // Read by other threads until the last of them has left, which this call waits for.
      nonisolated(unsafe) let pointer = pointer
      let others = Countdown()
      for _ in 1..<max(2, min(width, count)) where min(width, count) > 1 {
        others.enter()
        do {
          try startThread {
            takeAll(of: count, next, pointer)
            others.leave()
          }
        } catch {
          // The threads that there are do it all.
          others.leave()
          break
        }
      }
      takeAll(of: count, next, pointer)
      others.wait()
    }
  }
}

/// A function of its own, so that nothing holds the body any more when it returns.
@inline(never)
private func takeAll(
  of count: Int, _ next: Counter, _ body: UnsafePointer<@Sendable (Int) -> Void>
) {
  while true {
    let index = next.take()
    guard index < count else { return }
    body.pointee(index)
  }
}
