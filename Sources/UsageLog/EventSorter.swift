import Glibc

/// Sorts any number of events in bounded memory: sorted runs on disk, then one merge of all runs.
///
/// The order among events of one client and instant is left open.
///
/// Owns a temporary file on the disk of `path`. It has no name, so nothing stays after a crash.
final class EventSorter {
  private let runCapacity: Int
  private let path: String
  private var descriptor: Int32 = -1
  private var run: [LogEvent] = []
  /// Bounds of the sorted runs in the file, in events.
  private var runs: [Range<Int>] = []

  init(beside path: String, runCapacity: Int) {
    self.path = path
    self.runCapacity = runCapacity
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func append(_ event: LogEvent) throws {
    if run.count == runCapacity { try spill() }
    if run.isEmpty { run.reserveCapacity(runCapacity) }
    run.append(event)
  }

  /// Ends the collecting: call once, before `forEach`.
  func finish() throws {
    guard !runs.isEmpty else {
      run.sort(by: LogEvent.areInOrder)
      return
    }
    try spill()
    run = []
  }

  /// Every event in order; may be called again.
  func forEach(_ body: (LogEvent) throws -> Void) throws {
    guard !runs.isEmpty else { return try run.forEach(body) }
    let pageCapacity = max(16, runCapacity / (runs.count + 1))
    var pages = runs.map { RunPage(rest: $0) }
    var heap: [Int] = []
    for index in pages.indices {
      try refill(&pages[index], capacity: pageCapacity)
      heap.append(index)
    }
    // Runs ordered by their next event.
    heap.sort { LogEvent.areInOrder(pages[$0].next, pages[$1].next) }
    while let first = heap.first {
      try body(pages[first].next)
      pages[first].position += 1
      if pages[first].isEmpty { try refill(&pages[first], capacity: pageCapacity) }
      if pages[first].isEmpty {
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
      }
      siftDown(&heap, pages)
    }
  }

  private func siftDown(_ heap: inout [Int], _ pages: [RunPage]) {
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count
        && LogEvent.areInOrder(pages[heap[child]].next, pages[heap[smallest]].next)
      {
        smallest = child
      }
      if smallest == parent { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }

  private func spill() throws {
    if descriptor < 0 {
      descriptor = try openAnonymousFile(beside: path)
    }
    run.sort(by: LogEvent.areInOrder)
    let start = runs.last?.upperBound ?? 0
    try run.withUnsafeBytes { try writeAll($0, to: descriptor, name: path) }
    runs.append(start..<(start + run.count))
    run.removeAll(keepingCapacity: true)
  }

  private func refill(_ page: inout RunPage, capacity: Int) throws {
    let wanted = page.rest.prefix(capacity)
    page.position = 0
    let stride = MemoryLayout<LogEvent>.stride
    page.events = try [LogEvent](unsafeUninitializedCapacity: wanted.count) { buffer, count in
      let size = wanted.count * stride
      var read = 0
      while read < size {
        let result = pread(
          descriptor, buffer.baseAddress.map { UnsafeMutableRawPointer($0) + read }, size - read,
          off_t(wanted.lowerBound * stride + read))
        if result < 0, errno == EINTR { continue }
        guard result > 0 else {
          throw UsageLogError(
            .inputOutput, "the temporary file for sorting beside \(path) cannot be read")
        }
        read += result
      }
      count = wanted.count
    }
    page.rest = wanted.upperBound..<page.rest.upperBound
  }
}

/// The part of a sorted run that is in memory.
private struct RunPage {
  var events: [LogEvent] = []
  var position = 0
  /// What is still on disk.
  var rest: Range<Int>

  init(rest: Range<Int>) {
    self.rest = rest
  }

  var isEmpty: Bool { position == events.count }
  var next: LogEvent { events[position] }
}
