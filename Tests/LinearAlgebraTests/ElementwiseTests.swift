import Foundation
import LinearAlgebra
import Testing

struct ElementwiseTests {
  /// One row of Vectors/elementwise.csv per point.
  struct Point {
    let x: Float
    /// exp, sigmoid, tanh in float64.
    let values: [Double]
    /// The same by the kernels' algorithm, rounded after every operation.
    let bits: [UInt32]
  }

  static func points() throws -> [Point] {
    try vectorRows("elementwise.csv").map { row in
      Point(
        x: Float(bitPattern: try #require(UInt32(row[0]))),
        values: try [1, 3, 5].map { try #require(Double(row[$0])) },
        bits: try [2, 4, 6].map { try #require(UInt32(row[$0])) })
    }
  }

  func apply(_ function: Int, _ input: [Float]) -> [Float] {
    var output = [Float](repeating: .nan, count: input.count)
    switch function {
    case 0: Elementwise.exp(input.count, input, into: &output)
    case 1: Elementwise.sigmoid(input.count, input, into: &output)
    default: Elementwise.tanh(input.count, input, into: &output)
    }
    return output
  }

  @Test(arguments: 0..<3)
  func accuracyAndBits(function: Int) throws {
    let points = try Self.points()
    let found = apply(function, points.map(\.x))
    for (point, found) in zip(points, found) {
      let expected = point.values[function]
      let error = abs(Double(found) - expected) / (function == 0 ? expected : 1)
      #expect(error < 2e-7, "at \(point.x)")
      #expect(found.bitPattern == point.bits[function], "at \(point.x)")
    }
  }

  /// A dense sweep against the C library in double precision.
  @Test func accuracyEverywhere() {
    let input = (-40_000...40_000).map { Float($0) * 0.0005 }
    let exp = apply(0, input)
    let sigmoid = apply(1, input)
    let tanh = apply(2, input)
    var worst = (exp: 0.0, sigmoid: 0.0, tanh: 0.0)
    for (index, x) in input.enumerated() {
      let x = Double(x)
      worst.exp = max(worst.exp, abs(Double(exp[index]) / Foundation.exp(x) - 1))
      worst.sigmoid = max(
        worst.sigmoid, abs(Double(sigmoid[index]) - 1 / (1 + Foundation.exp(-x))))
      worst.tanh = max(worst.tanh, abs(Double(tanh[index]) - Foundation.tanh(x)))
    }
    #expect(worst.exp < 2e-7)
    #expect(worst.sigmoid < 2e-7)
    #expect(worst.tanh < 2e-7)
  }

  /// Whatever its place in the buffer, an element has the same bits.
  @Test(arguments: 0..<3)
  func placeDoesNotMatter(function: Int) {
    let input = (0..<67).map { Float($0) * 0.13 - 4 }
    let whole = apply(function, input)
    for start in 0..<input.count {
      #expect(apply(function, Array(input[start...])) == Array(whole[start...]))
    }
  }

  @Test func edges() {
    let extremes: [Float] = [-.infinity, -1000, 1000, .infinity]
    #expect(apply(0, extremes) == [0, 0, .infinity, .infinity])
    let sigmoid = apply(1, extremes)
    #expect(sigmoid[0] < 1e-37 && sigmoid[1] < 1e-37 && sigmoid[2] == 1 && sigmoid[3] == 1)
    #expect(apply(2, extremes) == [-1, -1, 1, 1])
    for function in 0..<3 {
      let found = apply(function, [.nan, 0])
      #expect(found[0].isNaN && !found[1].isNaN)
    }
  }

  @Test(arguments: [1, 2, 7, 8, 9, 31, 64, 100])
  func softmaxMatchesDoublePrecision(count: Int) {
    var stream = RandomStream(seed: UInt64(count), purpose: .benchmarkData)
    for offset in [0, 5_000, -5_000] as [Float] {
      let scores = (0..<count).map { _ in Float(3 * stream.normal()) + offset }
      var found = scores
      let logSum = Elementwise.softmax(count, &found)
      let top = Double(scores.max() ?? 0)
      let sum = scores.reduce(0) { $0 + exp(Double($1) - top) }
      #expect(abs(Double(logSum) - (top + log(sum))) < max(1, abs(top)) * 2e-7)
      for (found, score) in zip(found, scores) {
        #expect(abs(Double(found) - exp(Double(score) - top) / sum) < 3e-7)
      }
    }
  }

  /// Rows in one call, more of them than go through together, each with a target of its own.
  @Test(arguments: [1, 5, 16, 37], [1, 7, 8, 31, 64])
  func crossEntropyMatchesDoublePrecision(rows: Int, count: Int) {
    var stream = RandomStream(seed: UInt64(100 * rows + count), purpose: .benchmarkData)
    let (width, scale): (Int, Float) = (count + 3, 0.25)
    let scores = (0..<(rows * width)).map { _ in Float(3 * stream.normal()) }
    let targets = (0..<(rows + 5)).map { _ in Int32(stream.below(count)) }
    let chosen = (0..<rows).map { _ in Int32(stream.below(rows + 5)) }
    for isChosen in [false, true] {
      var found = scores
      let loss = chosen.withUnsafeBufferPointer {
        Elementwise.crossEntropy(
          rows: rows, count: count, &found, stride: width, targets: targets,
          chosen: isChosen ? $0.baseAddress : nil, scale: scale)
      }
      var expectedLoss = 0.0
      for row in 0..<rows {
        let own = scores[(row * width)..<(row * width + count)].map(Double.init)
        let target = Int(targets[isChosen ? Int(chosen[row]) : row])
        let sum = own.reduce(0) { $0 + exp($1) }
        expectedLoss += log(sum) - own[target]
        for (index, score) in own.enumerated() {
          let slope = exp(score) / sum - (index == target ? 1 : 0)
          #expect(abs(Double(found[row * width + index]) - 0.25 * slope) < 1e-7)
        }
        #expect(
          found[(row * width + count)..<((row + 1) * width)]
            == scores[(row * width + count)..<((row + 1) * width)], "wrote beyond the row")
      }
      #expect(abs(Double(loss) - expectedLoss) < 2e-6 * max(1, expectedLoss))
    }
  }

  @Test(arguments: [1, 7, 8, 9, 1000])
  func sumsMatchDoublePrecision(count: Int) {
    var stream = RandomStream(seed: UInt64(count), purpose: .benchmarkData)
    let x = (0..<count).map { _ in Float(stream.normal()) }
    let y = (0..<count).map { _ in Float(stream.normal()) }
    let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let found = x.withUnsafeBufferPointer { Elementwise.sumOfSquares($0) }
    #expect(abs(found - squares) < 1e-13 * squares)
    var difference = x
    Elementwise.subtract(count, y, from: &difference)
    #expect(difference == zip(x, y).map { $0 - $1 })
  }

  @Test func gatheredRowsAreTheChosenOnes() {
    let x = (0..<50).map(Float.init)
    var y = [Float](repeating: .nan, count: 3 * 5)
    Elementwise.gatherRows(3, width: 5, x, [9, 0, 4, 7, 2], ahead: 2, into: &y)
    #expect(y == [45, 46, 47, 48, 49, 0, 1, 2, 3, 4, 20, 21, 22, 23, 24])
  }
}
