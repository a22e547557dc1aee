/// Sparse counts: how often each app slot was the target in a row (after an app, after a pair).
struct FollowerCounts: Sendable {
  private struct Entry {
    var slot: Int32
    /// Index of the row's next entry, or -1.
    var next: Int32
    var count: Float
  }

  private var entries: [Entry] = []
  /// By row: index of its first entry, or -1.
  private var heads: [Int32] = []
  /// By row: sum of its counts.
  private var totals: [Float] = []

  /// Appends an empty row and returns its index.
  @discardableResult
  mutating func addRow() -> Int {
    heads.append(-1)
    totals.append(0)
    return heads.count - 1
  }

  func total(ofRow row: Int) -> Float { totals[row] }

  mutating func add(_ slot: Int, toRow row: Int, _ weight: Float) {
    totals[row] += weight
    var index = heads[row]
    while index >= 0 {
      if entries[Int(index)].slot == Int32(slot) {
        entries[Int(index)].count += weight
        return
      }
      index = entries[Int(index)].next
    }
    entries.append(Entry(slot: Int32(slot), next: heads[row], count: weight))
    heads[row] = Int32(entries.count - 1)
  }

  func count(of slot: Int, inRow row: Int) -> Float {
    var index = heads[row]
    while index >= 0 {
      let entry = entries[Int(index)]
      if entry.slot == Int32(slot) { return entry.count }
      index = entry.next
    }
    return 0
  }

  /// Sets `values[slot]` to the count of every slot in the row.
  func scatter(row: Int, into values: inout [Float]) {
    var index = heads[row]
    while index >= 0 {
      let entry = entries[Int(index)]
      values[Int(entry.slot)] = entry.count
      index = entry.next
    }
  }

  /// Sets `values[slot]` to 0 for every slot in the row.
  func clear(row: Int, in values: inout [Float]) {
    var index = heads[row]
    while index >= 0 {
      let entry = entries[Int(index)]
      values[Int(entry.slot)] = 0
      index = entry.next
    }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    heads.removeAll(keepingCapacity: true)
    totals.removeAll(keepingCapacity: true)
  }
}
