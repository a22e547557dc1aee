import Foundation
import LinearAlgebra
import Testing

struct ElementwiseTests {
  func exponentials(_ input: [Float]) -> [Float] {
    var output = [Float](repeating: .nan, count: input.count)
    Elementwise.exp(input.count, input, into: &output)
    return output
  }

  /// Vectors/elementwise.csv has e^x in float64, and by the kernels' algorithm, rounded after every
  /// operation.
  @Test func accuracyAndBits() throws {
    let rows = try vectorRows("elementwise.csv")
    let input = try rows.map { Float(bitPattern: try #require(UInt32($0[0]))) }
    for (row, found) in zip(rows, exponentials(input)) {
      let expected = try #require(Double(row[1]))
      #expect(abs(Double(found) - expected) < 2e-7 * expected, "at bits \(row[0])")
      #expect(found.bitPattern == UInt32(row[2]), "at bits \(row[0])")
    }
  }

  /// A dense sweep against the C library in double precision.
  @Test func accuracyEverywhere() {
    let input = (-40_000...40_000).map { Float($0) * 0.0005 }
    let worst = zip(input, exponentials(input)).map { abs(Double($1) / exp(Double($0)) - 1) }.max()
    #expect(worst.map { $0 < 2e-7 } == true)
  }

  /// Whatever its place in the buffer, an element has the same bits.
  @Test func placeDoesNotMatter() {
    let input = (0..<67).map { Float($0) * 0.13 - 4 }
    let whole = exponentials(input)
    for start in 0..<input.count {
      #expect(exponentials(Array(input[start...])) == Array(whole[start...]))
    }
  }

  @Test func edges() {
    #expect(exponentials([-.infinity, -1000, 1000, .infinity]) == [0, 0, .infinity, .infinity])
    let found = exponentials([.nan, 0])
    #expect(found[0].isNaN && found[1] == 1)
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
    // Whatever is added to all of a row cancels; here it is larger than any exponent.
    let scores = (0..<(rows * width)).map {
      Float(3 * stream.normal()) + 512 * Float($0 / width % 3 - 1)
    }
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
        let top = own.max() ?? 0
        let sum = own.reduce(0) { $0 + exp($1 - top) }
        expectedLoss += top + log(sum) - own[target]
        for (index, score) in own.enumerated() {
          let slope = exp(score - top) / sum - (index == target ? 1 : 0)
          #expect(abs(Double(found[row * width + index]) - 0.25 * slope) < 1e-7)
        }
        #expect(
          found[(row * width + count)..<((row + 1) * width)]
            == scores[(row * width + count)..<((row + 1) * width)], "wrote beyond the row")
      }
      // A score of 512 keeps 15 bits after the point.
      #expect(abs(Double(loss) - expectedLoss) < 1e-4 * Double(rows))
    }
  }

  @Test func aRowThatIsNotANumberLeavesTheOthersAlone() {
    var scores: [Float] = [1, .nan, 3, 0, 0, 0]
    let loss = Elementwise.crossEntropy(
      rows: 2, count: 3, &scores, stride: 3, targets: [0, 1], scale: 1)
    #expect(loss.isNaN && scores[..<3].allSatisfy(\.isNaN))
    for (found, expected) in zip(scores[3...], [1.0 / 3, -2.0 / 3, 1.0 / 3]) {
      #expect(abs(Double(found) - expected) < 1e-7)
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

  /// Every column by itself, whatever the number of rows.
  @Test func columnsAreSorted() {
    var stream = RandomStream(key: (1, 7), counter: (0, 0, 0))
    let width = Elementwise.sortedColumns
    for rows in Array(1...40) + [100, 127, 128, 129] {
      // Few values, so that many are equal.
      var matrix = (0..<(rows * width)).map { _ in Float(stream.below(rows)) - 3 }
      let columns = (0..<width).map { column in
        stride(from: column, to: matrix.count, by: width).map { matrix[$0] }.sorted()
      }
      Elementwise.sortColumns(rows: rows, &matrix)
      for column in 0..<width {
        let found = stride(from: column, to: matrix.count, by: width).map { matrix[$0] }
        #expect(found == columns[column], "\(rows) rows")
      }
    }
  }

  /// Sums in eight lanes against those of whole numbers, which are exact.
  @Test func distancesAndProducts() {
    for count in [0, 1, 7, 8, 9, 31, 100] {
      let x = (0..<count).map { Float($0 % 13) - 6 }
      let y = (0..<count).map { Float($0 % 5) }
      let point = y.map(Double.init)
      let expected = zip(x, point).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
      #expect(Elementwise.squaredDistance(count, x, y) == expected)
      #expect(Elementwise.squaredDistance(count, x, to: point) == expected)
      #expect(
        Elementwise.dot(count, x, point) == zip(x, point).reduce(0) { $0 + Double($1.0) * $1.1 })
      var sums = point
      Elementwise.add(count, x, scale: 0.5, to: &sums)
      #expect(sums == zip(x, point).map { $1 + 0.5 * Double($0) })
    }
  }
}
