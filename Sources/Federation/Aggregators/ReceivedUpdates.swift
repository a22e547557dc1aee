import LinearAlgebra

/// The updates of a round one by one, by ascending client id; or means of buckets of them.
package struct ReceivedUpdates: ~Copyable {
  /// Rows.
  package let count: Int
  package let length: Int
  /// Clients in all rows together.
  package let clients: Int
  /// count × length.
  private let values: UnsafeMutableBufferPointer<Float>

  /// - Parameters:
  ///   - clients: in all rows together; nil where every row is of one.
  ///   - fill: writes all of a row, which holds nothing yet.
  package init(
    count: Int, length: Int, clients: Int? = nil,
    _ fill: (_ index: Int, _ row: UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    precondition(count > 0 && length > 0)
    self.count = count
    self.length = length
    self.clients = clients ?? count
    values = .allocate(capacity: count * length)
    for index in 0..<count {
      fill(
        index,
        UnsafeMutableBufferPointer(rebasing: values[(index * length)..<((index + 1) * length)]))
    }
  }

  /// - Parameter rows: at least one, all of one length.
  package init(_ rows: [[Float]], clients: Int? = nil) {
    self.init(count: rows.count, length: rows[0].count, clients: clients) { index, row in
      precondition(rows[index].count == row.count)
      _ = row.initialize(fromContentsOf: rows[index])
    }
  }

  deinit { values.deallocate() }

  package subscript(index: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: values[(index * length)..<((index + 1) * length)])
  }

  private func start(_ index: Int) -> UnsafePointer<Float> {
    guard let start = values.baseAddress else { preconditionFailure("rows without memory") }
    return UnsafePointer(start + index * length)
  }

  /// Clients that may be hostile where this share of all may be; rounded up.
  package func hostile(share: Double) -> Int { Self.hostile(of: clients, share: share) }

  package static func hostile(of clients: Int, share: Double) -> Int {
    // A share such as 0.3 may be a little more than what was written.
    Int((share * Double(clients) - 1e-9).rounded(.up))
  }

  /// Σ weight × update ÷ Σ weight; zeros where all weights are 0.
  package func mean(weights: [Double]) -> [Double] {
    var sum = [Double](repeating: 0, count: length)
    var total = 0.0
    for index in 0..<count where weights[index] != 0 {
      total += weights[index]
      Elementwise.add(length, start(index), scale: weights[index], to: &sum)
    }
    guard total != 0 else { return sum }
    for k in 0..<length { sum[k] /= total }
    return sum
  }

  /// The mean of some of them, all alike; ascending, so that the sum does not depend on how they were
  /// found.
  package func mean(of chosen: [Int]) -> [Double] {
    var weights = [Double](repeating: 0, count: count)
    for index in chosen { weights[index] = 1 }
    return mean(weights: weights)
  }

  /// The squared distance of an update to a point.
  package func squaredDistance(_ index: Int, to point: [Double]) -> Double {
    point.withUnsafeBufferPointer { point in
      point.baseAddress.map { Elementwise.squaredDistance(length, start(index), to: $0) } ?? 0
    }
  }

  package func squaredDistance(_ first: Int, _ second: Int) -> Double {
    Elementwise.squaredDistance(length, start(first), start(second))
  }

  /// The dot product of an update and a vector.
  package func dot(_ index: Int, _ point: [Double]) -> Double {
    point.withUnsafeBufferPointer { point in
      point.baseAddress.map { Elementwise.dot(length, start(index), $0) } ?? 0
    }
  }

  package func squaredNorm(_ index: Int) -> Double { Elementwise.sumOfSquares(self[index]) }

  /// Adds `scale` × an update to sums.
  package func add(_ index: Int, scale: Double, to sums: inout [Double]) {
    Elementwise.add(length, start(index), scale: scale, to: &sums)
  }

  /// Of each coordinate the mean of the values that are left when so many of the smallest and as many of
  /// the largest are taken away.
  package func trimmedMean(without trimmed: Int) -> [Double] {
    precondition(trimmed >= 0 && 2 * trimmed < count)
    let width = Elementwise.sortedColumns
    let kept = trimmed..<(count - trimmed)
    let share = Double(kept.count)
    var result = [Double](repeating: 0, count: length)
    var block = [Float](repeating: 0, count: count * width)
    result.withUnsafeMutableBufferPointer { result in
      block.withUnsafeMutableBufferPointer { block in
        guard let block = block.baseAddress, let result = result.baseAddress else { return }
        for first in stride(from: 0, to: length, by: width) {
          let columns = min(width, length - first)
          for index in 0..<count {
            (block + index * width).update(from: start(index) + first, count: columns)
          }
          Elementwise.sortColumns(rows: count, block)
          for index in kept {
            for column in 0..<columns {
              result[first + column] += Double(block[index * width + column])
            }
          }
          for column in 0..<columns { result[first + column] /= share }
        }
      }
    }
    return result
  }

  /// centre + mean of (update − centre), each scaled down to a norm where it is longer.
  package func clippedMean(around centre: [Double], to bound: Double) -> [Double] {
    var sum = [Double](repeating: 0, count: length)
    var total = 0.0
    for index in 0..<count {
      let norm = squaredDistance(index, to: centre).squareRoot()
      let scale = norm > bound ? bound / norm : 1
      total += scale
      Elementwise.add(length, start(index), scale: scale, to: &sum)
    }
    // Σ scale × (update − centre) ÷ count, with what is alike in all terms taken out.
    let rows = Double(count)
    return sum.indices.map { centre[$0] + (sum[$0] - total * centre[$0]) / rows }
  }

  /// Means of buckets of rows, in the order of the buckets.
  package func buckets(_ buckets: [[Int]]) -> ReceivedUpdates {
    ReceivedUpdates(count: buckets.count, length: length, clients: clients) { index, row in
      let mean = mean(of: buckets[index])
      for k in 0..<length { row.initializeElement(at: k, to: Float(mean[k])) }
    }
  }
}

extension Configuration {
  /// Buckets of at most `aggregator.bucket_size` of so many things each, at random and of nearly equal
  /// size; each is ascending.
  package func buckets(of count: Int, round: Int) -> [[Int]] {
    let size = aggregator.bucketSize
    guard size > 1 else { return (0..<count).map { [$0] } }
    var order = Array(0..<count)
    var stream = stream(.buckets, round: round)
    stream.shuffle(&order)
    let buckets = (count + size - 1) / size
    return (0..<buckets).map { bucket in
      order[(bucket * count / buckets)..<((bucket + 1) * count / buckets)].sorted()
    }
  }
}
