import Statistics
import Testing

struct IntervalTests {
  @Test func overSeeds() {
    #expect(Interval(of: []) == nil)
    #expect(Interval(of: [0.3]) == Interval(mean: 0.3))
    let interval = Interval(of: [0.4, 0.5, 0.6])
    #expect(isClose(interval?.mean, 0.5))
    // Standard deviation 0.1, its error 0.1 ÷ √3, two degrees of freedom: × 4.302652730.
    #expect(isClose(interval?.margin, 0.248413766, 1e-8))
  }

  @Test func overClients() {
    #expect(Interval(weightedMeanOf: [0.3], weights: [10]) == Interval(mean: 0.3))
    let interval = Interval(weightedMeanOf: [0.6, 0.3], weights: [10, 20])
    #expect(isClose(interval?.mean, 0.4))
    // Residuals 2 and −2: √(8 × 2) ÷ 30, one degree of freedom: × 12.706204736.
    #expect(isClose(interval?.margin, 1.694160631, 1e-8))
    // Every client at the same accuracy: nothing is uncertain.
    #expect(Interval(weightedMeanOf: [0.5, 0.5, 0.5], weights: [10, 20, 40])?.margin == 0)
  }
}
