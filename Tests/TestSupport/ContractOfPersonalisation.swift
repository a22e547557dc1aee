import Federation
import Testing

/// What every method keeps that gives phones models of their own.
package func checkPersonalisation(
  _ method: some Personalisation, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try checkVariant(method, sourceLocation: sourceLocation)
  var configuration = Configuration()
  configuration.population.clients = 12
  configuration.population.newClientShare = 0.25
  configuration.model.kind = .softmax
  configuration.model.vocabulary = 6
  configuration.model.sequenceLength = 1
  configuration.training.cohortSize = 6
  configuration.training.local.learningRate = 0.5
  let plain = try SmallExperiment(configuration)
  configuration.personalisation = PersonalisationConfiguration(method)
  try configuration.validate()
  let own = try SmallExperiment(configuration)
  let after = try own.run(3)
  #expect(
    after.plan.layouts.broadcast.count <= plain.plan.layouts.broadcast.count
      && after.plan.layouts.report.count <= plain.plan.layouts.report.count,
    "more travels than without", sourceLocation: sourceLocation)
  #expect(
    after.states.values.allSatisfy { $0.allSatisfy { $0.isFinite } }, "what is kept is no number",
    sourceLocation: sourceLocation)
  // Neither the order of clients nor who else trains in the same worker counts.
  let turned = try own.run(3) { $0.reversed() }
  #expect(
    after.state == turned.state && after.states == turned.states, "the order of clients counts",
    sourceLocation: sourceLocation)
  // What is kept is a client's own: those who never took part have nothing.
  #expect(
    after.states.count < configuration.population.clients, sourceLocation: sourceLocation)
  let tuning = method.tuning(configuration.training.local)
  #expect(
    tuning.learningRate > 0 && tuning.proximal >= 0, "a phone without a model cannot make one",
    sourceLocation: sourceLocation)
  try checkWhatTravels(method, plain: plain, own: own, sourceLocation)
}

/// A method that keeps nothing of the model back leaves the round as it is, bit by bit; else what does not
/// travel stays with the server as it was.
private func checkWhatTravels(
  _ method: some Personalisation, plain: SmallExperiment, own: SmallExperiment,
  _ sourceLocation: SourceLocation
) throws {
  let (plainAfter, after) = (try plain.run(3), try own.run(3))
  guard own.plan.layouts.report.count < plain.plan.layouts.report.count else {
    #expect(
      plainAfter.state == after.state, "the round is another than without",
      sourceLocation: sourceLocation)
    return
  }
  let moved = zip(own.start, after.state.parameters).count { $0 != $1 }
  #expect(
    moved > 0 && moved <= own.plan.layouts.report.count,
    "\(moved) numbers have changed, and \(own.plan.layouts.report.count) travel",
    sourceLocation: sourceLocation)
}
