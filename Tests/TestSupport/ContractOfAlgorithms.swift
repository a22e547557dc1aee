import Federation
import Foundation
import Models
import Testing

/// What every algorithm keeps.
///
/// A new one is tested by this line alone:
///
///     @Test func itKeepsTheContract() throws { try checkAlgorithm(Own()) }
///
/// It need not be registered. All of it happens on three quadratics, by the clients' and the server's
/// code of a run.
package func checkAlgorithm(
  _ algorithm: some Algorithm, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try checkVariant(algorithm, sourceLocation: sourceLocation)
  checkLayouts(algorithm, sourceLocation)
  try checkRounds(algorithm, sourceLocation)
  try checkThatItLearns(algorithm, sourceLocation)
}

/// The model comes first on its way to clients, its update on the way back, and slices lie side by side.
private func checkLayouts(_ algorithm: some Algorithm, _ sourceLocation: SourceLocation) {
  var steps = Configuration()
  steps.training.local.steps = Setting(3)
  for configuration in [Configuration(), steps] {
    let model = configuration.makeModel().layout
    let settings = AlgorithmSettings(configuration, model: model)
    let layouts = algorithm.layouts(settings)
    for layout in [layouts.broadcast, layouts.report] {
      #expect(
        Array(layout.slices.prefix(model.slices.count)) == model.slices,
        "the model or its update does not come first", sourceLocation: sourceLocation)
    }
    for layout in [layouts.broadcast, layouts.report, layouts.clientState, layouts.serverState] {
      #expect(
        Set(layout.slices.map(\.name)).count == layout.slices.count, "two slices have one name",
        sourceLocation: sourceLocation)
      var end = 0
      for slice in layout.slices {
        #expect(
          slice.range.lowerBound == end && slice.count == slice.shape.reduce(1, *),
          "\(slice.name) does not begin where the one before ends", sourceLocation: sourceLocation)
        end = slice.range.upperBound
      }
    }
    let sent = algorithm.broadcast(
      [Float](repeating: 0, count: model.count),
      [Double](repeating: 0, count: layouts.serverState.count))
    #expect(
      sent.count == layouts.broadcast.count, "what is sent is not as long as its layout",
      sourceLocation: sourceLocation)
    var server = ServerVectors(
      vectors: [Double](repeating: 0, count: layouts.serverState.count), settings: settings,
      population: 9, reported: 3)
    let direction = algorithm.direction(
      [Double](repeating: 0, count: layouts.report.count), &server)
    #expect(
      direction.count == model.count, "the direction is not as long as the model",
      sourceLocation: sourceLocation)
    #expect(
      server.vectors.count == layouts.serverState.count, "the server's vectors change their length",
      sourceLocation: sourceLocation)
  }
}

/// Neither the order of clients nor what a worker did before changes a bit, and a checkpoint holds all
/// that the server goes on from.
private func checkRounds(_ algorithm: some Algorithm, _ sourceLocation: SourceLocation) throws {
  var first = QuadraticProblem(algorithm)
  try algorithm.validate(first.configuration)
  for _ in 0..<2 { try first.next() }
  func round(
    _ cohort: [Int] = [0, 1, 2], _ change: (inout QuadraticProblem) throws -> Void = { _ in }
  ) throws -> QuadraticProblem {
    var problem = first
    try change(&problem)
    try problem.next(cohort)
    return problem
  }
  let expected = try round()
  let others = [
    ("the order of clients counts", try round([2, 0, 1])),
    (
      "a client that trained before, and again, leaves something behind",
      try round {
        var copy = $0
        try copy.next([2, 2, 0])
      }
    ),
    (
      "a checkpoint does not hold all that the server keeps",
      try round {
        $0.state = try JSONDecoder().decode(
          ServerState.self, from: JSONEncoder().encode($0.state))
      }
    ),
    ("one worker for each client is another result", try round { $0.hasOwnWorkers = true }),
  ]
  for (fault, other) in others {
    #expect(
      expected.state == other.state && expected.states == other.states, "\(fault)",
      sourceLocation: sourceLocation)
  }
  // A lost upload changes nothing but what is lost, whatever the client did.
  var lost = first
  try lost.next([0, 1, 2]) { $0 == 1 ? .lost : .counted }
  var absent = first
  try absent.next([0, 2])
  #expect(
    lost.state == absent.state && lost.states == absent.states,
    "a client whose upload is lost changes the round", sourceLocation: sourceLocation)
}

/// Clients that are alike are no trouble for anybody: the model comes nearer to their common minimum.
private func checkThatItLearns(
  _ algorithm: some Algorithm, _ sourceLocation: SourceLocation
) throws {
  var problem = QuadraticProblem(algorithm)
  problem.areAlike = true
  let models = try problem.run(40)
  let minimum = Double(QuadraticProblem.minimisers[2])
  let distances = models.map { abs($0 - minimum) }
  #expect(
    distances.allSatisfy { $0.isFinite } && (distances.last ?? .infinity) < abs(1 - minimum) / 2,
    "the model does not come nearer to the minimum at \(minimum): \(models)",
    sourceLocation: sourceLocation)
}
