import Dispatch
import LinearAlgebra
import Synchronization

/// The matrix products and elementwise passes of one client's training, and nothing else.
///
/// No data, no packing, no optimizer but the step that the logistic product ends in, every operand in
/// the cache it was left in: what these reach is the most that any way of writing the client around
/// them can.
struct BareClient {
  private let arena = Arena()
  /// One batch, and what follows the last of them.
  private var batch: [() -> Void] = []
  private var end: () -> Void = {}

  /// One epoch of `experiments/bench-lstm.yaml`.
  static func lstm() -> BareClient {
    var client = BareClient()
    let (size, steps, hidden, embedding, context, apps) = (16, 16, 64, 32, 8, 64)
    // Of 256 draws from 64 apps, nearly all are drawn.
    let distinct = 63
    client.multiply(distinct, 4 * hidden, embedding)
    client.multiply(size, 4 * hidden, context)
    client.multiply(size, 4 * hidden, hidden + context, times: steps - 1)
    client.multiply(size, apps, hidden)
    client.crossEntropy(size, apps)
    client.multiplyTransposed(apps, hidden, size)
    client.multiply(size, hidden, apps)
    client.multiply(size, hidden, 4 * hidden, times: steps - 1)
    client.cells(steps, size, hidden)
    client.multiplyTransposed(4 * hidden, hidden, (steps - 1) * size)
    client.multiplyTransposed(4 * hidden, context, steps * size)
    client.multiplyTransposed(4 * hidden, embedding, distinct)
    client.multiply(distinct, embedding, 4 * hidden)
    client.sum(33_088)
    return client
  }

  /// One epoch of `experiments/bench-logistic.yaml`.
  static func logistic() -> BareClient {
    var client = BareClient()
    let (size, inputs, classes) = (16, 128, 64)
    client.multiply(size, classes, inputs)
    client.crossEntropy(size, classes)
    client.descend(inputs, classes, size)
    client.sum(8_256)
    return client
  }

  /// Clients a second on so many threads that share nothing but the number left to do, as workers
  /// do: a core that is disturbed takes fewer of them.
  static func rate(threads: Int, clients: Int, _ make: @Sendable () -> BareClient) -> Double {
    let left = Atomic<Int>(clients)
    let clock = ContinuousClock()
    let start = clock.now
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let client = make()
      while left.subtract(1, ordering: .relaxed).oldValue > 0 { client.run() }
    }
    return Double(clients) / ((clock.now - start) / .seconds(1))
  }

  private func run() {
    // 64 examples in batches of 16.
    for _ in 0..<4 { for part in batch { part() } }
    end()
  }

  private func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let buffer = arena.allocate(Float.self, count: count)
    for index in 0..<count { buffer[index] = Float(index % 7) / 64 }
    return buffer
  }

  private func packed(_ inner: Int, _ columns: Int) -> PackedMatrix {
    let matrix = PackedMatrix(inner: inner, columns: columns, arena: arena)
    matrix.pack(floats(inner * columns), rows: inner, rowStride: columns, columnStride: 1)
    return matrix
  }

  private mutating func multiply(
    _ rows: Int, _ columns: Int, _ inner: Int, times: Int = 1
  ) {
    let (a, b, c) = (floats(rows * inner), packed(inner, columns), floats(rows * columns))
    batch.append {
      for _ in 0..<times { b.multiply(a, rows: rows, stride: inner, into: c, stride: columns) }
    }
  }

  private mutating func multiplyTransposed(_ rows: Int, _ columns: Int, _ inner: Int) {
    // Rows a power of two apart would share cache sets.
    let stride = rows + 16
    let (a, b, c) = (floats(inner * stride), packed(inner, columns), floats(rows * columns))
    batch.append {
      b.multiplyTransposed(
        a, rows: rows, stride: stride, inner: inner, into: c, stride: columns)
    }
  }

  private mutating func descend(_ rows: Int, _ columns: Int, _ depth: Int) {
    let (a, b, c) = (floats(depth * rows), packed(rows, columns), floats(depth * columns))
    batch.append {
      // A rate at which the weights stay what they are.
      b.descend(keep: 1, rate: 0, along: a, stride: rows, c, stride: columns, depth: depth)
    }
  }

  private mutating func crossEntropy(_ rows: Int, _ columns: Int) {
    let (scores, targets) = (floats(rows * columns), arena.allocate(Int32.self, count: rows))
    batch.append {
      _ = Elementwise.crossEntropy(
        rows: rows, count: columns, scores, stride: columns, targets: targets,
        scale: 1 / Float(rows))
    }
  }

  private mutating func cells(_ steps: Int, _ rows: Int, _ hidden: Int) {
    let stride = 4 * hidden + 16
    let count = rows * hidden
    let (gates, cells, tanhs) = (floats(rows * stride), floats(count), floats(count))
    let (next, output, gradient) = (floats(count), floats(count), floats(count))
    batch.append {
      for _ in 0..<steps {
        LSTMCell.forward(
          rows: rows, hidden: hidden, gates: gates, gateStride: stride, previousCell: cells,
          cell: next, cellTanh: tanhs, output: output, outputStride: hidden)
        LSTMCell.backward(
          rows: rows, hidden: hidden, gates: gates, gateStride: stride, previousCell: cells,
          cellTanh: tanhs, outputGradient: output, outputGradientStride: hidden,
          cellGradient: gradient)
      }
    }
  }

  private mutating func sum(_ parameters: Int) {
    let update = UnsafeBufferPointer(start: floats(parameters), count: parameters)
    let sums = arena.allocate(Int64.self, count: parameters)
    end = { Elementwise.addFixedPoint(update, scale: 0x1p30, weight: 1, to: sums) }
  }
}
