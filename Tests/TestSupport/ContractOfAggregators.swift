import Federation
import LinearAlgebra
import Testing

/// What every rule keeps that makes one update of many.
///
/// - Parameter isRobust: whether one hostile client of seven that reports 300 times as much as others cannot
///   move it far; `Mean` alone is not.
package func checkAggregator(
  _ rule: some Aggregator, isRobust: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try checkVariant(rule, sourceLocation: sourceLocation)
  #expect(
    rule.needs == .individual || rule.onClients != nil || !isRobust,
    "a rule of sums says what clients do for it", sourceLocation: sourceLocation)
  var stream = RandomStream(key: (73, 0), counter: (0, 0, 0))
  let honest = (0..<7).map { _ in
    (0..<5).map { _ in Float(0.1 + 0.02 * (stream.uniform() - 0.5)) }
  }
  let center = mean(honest)
  func aggregate(_ rows: [[Float]]) -> (aggregate: Aggregate, memory: AggregatorMemory) {
    var memory = AggregatorMemory(
      centre: [Double](repeating: 0, count: 5), root: rule.rootClients > 0 ? center : [])
    return (rule.aggregate(ReceivedUpdates(rows), &memory), memory)
  }
  let all = aggregate(honest)
  #expect(
    all == aggregate(honest), "the same updates give another aggregate",
    sourceLocation: sourceLocation)
  // Whatever they are called, it is about what they report.
  let turned = aggregate(honest.reversed())
  #expect(
    distance(all.aggregate.values, turned.aggregate.values) < 1e-9, "the order of clients counts",
    sourceLocation: sourceLocation)
  #expect(
    distance(all.aggregate.values, center) < 0.05,
    "updates that are nearly alike become \(all.aggregate.values)", sourceLocation: sourceLocation)
  for rows in [honest, [honest[0]], Array(honest.prefix(2))] {
    let (found, memory) = aggregate(rows)
    #expect(
      found.values.count == 5 && found.values.allSatisfy { $0.isFinite },
      "of \(rows.count) updates: \(found.values)", sourceLocation: sourceLocation)
    #expect(
      found.leftOut == found.leftOut.sorted() && Set(found.leftOut).count == found.leftOut.count
        && found.leftOut.allSatisfy(rows.indices.contains) && found.leftOut.count < rows.count,
      "leaves out \(found.leftOut) of \(rows.count)", sourceLocation: sourceLocation)
    #expect(
      rule.rejectsClients || found.leftOut.isEmpty, "leaves out clients and does not say so",
      sourceLocation: sourceLocation)
    #expect(memory.centre.count == 5, sourceLocation: sourceLocation)
  }
  if let repeated = rule.repeated {
    #expect(repeated.steps > 0 && repeated.smoothing > 0, sourceLocation: sourceLocation)
    let point = (0..<repeated.steps).reduce(center) { point, _ in
      weighed(honest, around: point, repeated.smoothing)
    }
    #expect(
      distance(all.aggregate.values, point) < 1e-9,
      "its sums come to \(point), and it to \(all.aggregate.values)", sourceLocation: sourceLocation
    )
  }
  // Clients that are all alike are of one mind.
  let alike = aggregate([[Float]](repeating: honest[3], count: 7)).aggregate.values
  #expect(
    distance(alike, honest[3].map(Double.init)) < 1e-6 || rule.rootClients > 0,
    "seven times \(honest[3]) become \(alike)", sourceLocation: sourceLocation)
  for bad in [Float(30), -30] {
    var rows = honest
    rows[2] = [Float](repeating: bad, count: 5)
    let moved = distance(aggregate(rows).aggregate.values, center)
    #expect(
      (moved < 1) == isRobust, "one client of seven moves it by \(moved)",
      sourceLocation: sourceLocation)
  }
}

/// What clients add up to that weigh themselves by 1 ÷ their distance to a point.
private func weighed(
  _ rows: [[Float]], around point: [Double], _ smoothing: Double
) -> [Double] {
  let weights = rows.map { 1 / max(smoothing, distance($0.map(Double.init), point)) }
  return point.indices.map { index in
    zip(rows, weights).reduce(0) { $0 + $1.1 * Double($1.0[index]) } / weights.reduce(0, +)
  }
}

private func mean(_ rows: [[Float]]) -> [Double] {
  rows[0].indices.map { index in
    rows.reduce(0) { $0 + Double($1[index]) } / Double(rows.count)
  }
}

private func distance(_ left: [Double], _ right: [Double]) -> Double {
  zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
}
