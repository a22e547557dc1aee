import Federation
import LinearAlgebra
import Privacy
import Testing

/// Sums against Vectors/update_sum.py, which computes them with rational numbers.
struct UpdateSumTests {
  struct Vectors: Decodable {
    let updates: [[Float]]
    let weights: [Int]
    let sums: [Int64]
    let mean: [Double]
  }

  static func load() throws -> Vectors { try vectors("update_sum.json", as: Vectors.self) }

  static func sum(_ updates: [[Float]], weights: [Int]) -> UpdateSum {
    var sum = UpdateSum(parameters: updates.first?.count ?? 0)
    for (update, weight) in zip(updates, weights) {
      #expect(update.withUnsafeBufferPointer { sum.add($0, weight: weight) })
    }
    return sum
  }

  @Test func theSumIsExact() throws {
    let vectors = try Self.load()
    let sum = Self.sum(vectors.updates, weights: vectors.weights)
    #expect(sum.values == vectors.sums)
    #expect(sum.weight == vectors.weights.reduce(0, +))
    #expect(sum.count == vectors.weights.count)
    for (mean, expected) in zip(sum.mean(), vectors.mean) {
      #expect(abs(mean - expected) <= 4 * expected.ulp)
    }
  }

  @Test func orderAndGroupingDoNotMatter() throws {
    let vectors = try Self.load()
    let whole = Self.sum(vectors.updates, weights: vectors.weights)
    var stream = testStream(1)
    var order = Array(vectors.updates.indices)
    for _ in 0..<50 {
      stream.shuffle(&order)
      var groups = (0...stream.below(5)).map { _ in UpdateSum(parameters: whole.values.count) }
      for index in order {
        let group = stream.below(groups.count)
        groups[group].add(
          Self.sum([vectors.updates[index]], weights: [vectors.weights[index]]))
      }
      var sum = UpdateSum(parameters: whole.values.count)
      for group in groups { sum.add(group) }
      #expect(sum == whole)
    }
  }

  /// What cannot be summed exactly is left out whole, wherever in the vector it stands.
  @Test func anUnboundedCoordinateIsRefused() {
    let values: [Float] = [.nan, .infinity, -.infinity, 128, -128, .greatestFiniteMagnitude]
    for (value, position) in values.flatMap({ value in [0, 8, 16].map { (value, $0) } }) {
      var update = [Float](repeating: 0.5, count: 17)
      update[position] = value
      var sum = UpdateSum(parameters: update.count)
      #expect(!update.withUnsafeBufferPointer { sum.add($0, weight: 3) })
      let norm = update.withUnsafeBufferPointer { Clipping.norm($0) }
      #expect(!update.withUnsafeBufferPointer { sum.add($0, norm: norm, weight: 3) })
      #expect(sum == UpdateSum(parameters: update.count))
    }
  }

  /// A long update may have no long coordinate.
  @Test func aLongUpdateOfShortCoordinatesIsAdded() {
    let update = [Float](repeating: 100, count: 4)
    var sum = UpdateSum(parameters: 4)
    #expect(update.withUnsafeBufferPointer { sum.add($0, norm: 200, weight: 3) })
    #expect(sum.mean() == [100, 100, 100, 100])
  }

  @Test func theLargestCoordinatesAndWeightsFit() {
    let largest = Float(128).nextDown
    let sum = Self.sum([[largest, -largest]], weights: [UpdateSum.largestWeight])
    #expect(sum.mean() == [Double(largest), -Double(largest)])
  }

  @Test func tiesGoToTheEvenMultiple() {
    let half: Float = 0x1p-31
    let sum = Self.sum([[half, 3 * half, -half, -3 * half, half.nextUp]], weights: [1])
    #expect(sum.values == [0, 2, 0, -2, 1])
  }

  @Test func resettingForgetsEverything() {
    var sum = Self.sum([[1, 2]], weights: [4])
    sum.reset()
    #expect(sum == UpdateSum(parameters: 2))
    #expect(sum.mean() == [0, 0])
  }
}
