import CMalloc
import Federation
import Glibc
import Models
import UsageData

/// How long predictions and feature updates take on this machine, one thread.
package struct LatencyTrial {
  package private(set) var predictions = LatencyHistogram()
  package private(set) var updates = LatencyHistogram()
  /// Over all predictions.
  package private(set) var candidates = 0
  /// Heap bytes of the model with its buffers, and of one owner's feature state after their log.
  package private(set) var modelBytes = 0
  package private(set) var stateBytes = 0

  /// Lives through one log after the other until there are at least `count` predictions and updates.
  ///
  /// The first log warms caches and buffers up and is not timed.
  ///
  /// - Parameter history: the log with a number, counted from 0; asked again from the start as long
  ///   as needed.
  package init<M: Model>(
    _ configuration: Configuration, model: M, parameters: [Float], count: UInt64, logs: Int,
    history: (Int) throws -> ClientHistory
  ) throws {
    precondition(logs > 0, "nothing to live through")
    // All that lives on is made before the first look at the heap.
    let first = try history(0).events
    let before = Self.heapBytes
    var phone = Phone(
      model: model, parameters: parameters, task: configuration.task,
      shape: configuration.exampleShape)
    let empty = Self.heapBytes
    live(first, &phone, task: configuration.task, isTimed: false)
    modelBytes = empty - before + MemoryLayout<Float>.stride * parameters.count
    stateBytes = withExtendedLifetime(first) { Self.heapBytes - empty }
    var log = 1
    while predictions.count < count || updates.count < count {
      // A population without predictions would go on for ever.
      if log > logs, predictions.count == 0 { return }
      phone.forget()
      live(
        try history(log % logs).events, &phone, task: configuration.task, isTimed: true)
      log += 1
    }
  }

  private mutating func live(
    _ events: [PhoneEvent], _ phone: inout Phone<some Model>, task: PredictionTask, isTimed: Bool
  ) {
    var lastApp: Int32 = -1
    for event in events {
      switch event {
      case .open(let open):
        if task == .nextApp, lastApp >= 0, lastApp != open.app {
          predict(at: open.time, &phone, isTimed: isTimed)
        }
        lastApp = open.app
      default: break
      }
      let start = Self.nanoseconds
      phone.observe(event)
      if isTimed { updates.record(Self.nanoseconds - start) }
      if task == .firstApp, case .unlock(let time, _) = event {
        predict(at: time, &phone, isTimed: isTimed)
      }
    }
  }

  private mutating func predict(
    at time: Int64, _ phone: inout Phone<some Model>, isTimed: Bool
  ) {
    let start = Self.nanoseconds
    phone.rank(at: time)
    let end = Self.nanoseconds
    guard isTimed else { return }
    predictions.record(end - start)
    candidates += phone.ranking.count
  }

  /// Of a clock that only goes forward.
  private static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Bytes in use that the C library has handed out.
  private static var heapBytes: Int {
    let info = mallinfo2()
    return Int(info.uordblks + info.hblkhd)
  }
}
