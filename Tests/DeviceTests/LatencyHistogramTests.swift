import Foundation
import Testing

import Device

/// Against Vectors/latency_histogram.py, which asks HdrHistogram's own package.
struct LatencyHistogramTests {
  struct Vectors: Decodable {
    let count: UInt64
    let maximum: UInt64
    let mean: Double
    let percentiles: [[Double]]
  }

  @Test func percentilesAreThoseOfHdrHistogram() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Vectors/latency_histogram.json"))
    let expected = try JSONDecoder().decode(Vectors.self, from: data)
    var histogram = LatencyHistogram()
    var state: UInt64 = 1
    for _ in 0..<expected.count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      histogram.record(state >> (28 + (state >> 32) % 32))
    }
    #expect(histogram.count == expected.count)
    #expect(histogram.maximum == expected.maximum)
    #expect(abs(histogram.mean - expected.mean) < 1e-3 * expected.mean)
    for pair in expected.percentiles {
      #expect(histogram.percentile(pair[0]) == UInt64(pair[1]), "\(pair[0])")
    }
  }

  @Test func edgesAreExact() {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(99) == 0 && histogram.mean == 0)
    for value: UInt64 in [0, 2047, 2048, 2049, 2050] { histogram.record(value) }
    #expect(histogram.percentile(0) == 0)
    #expect(histogram.percentile(40) == 2047)
    // 2048 and 2049 share a cell, whose largest value is told.
    #expect(histogram.percentile(60) == 2049)
    #expect(histogram.percentile(100) == 2050)
    histogram.record(.max >> 20)
    #expect(histogram.maximum == .max >> 20)
  }
}
