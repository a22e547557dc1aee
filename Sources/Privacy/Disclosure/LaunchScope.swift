/// What the ε of a launch is about, in words that claims and pages share.
package enum LaunchScope {
  package static let covers = "the model after every round, and what follows only from it"
  package static let doesNotCover =
    "who takes part in which round, when, and how many; what clients report beside their updates; "
    + "evaluations on clients and whatever is chosen by them; the choice of the settings; messages, times "
    + "and errors of the services that take part"

  /// What a run rests on, as its launch does: noise and cohorts do not follow from a seed there.
  ///
  /// - Parameter randomness: of the simulation.
  package static func assumptions(of run: [String], randomness: String) -> [String] {
    run.filter { !$0.contains("from which noise and cohorts follow, stays secret") } + [
      "noise and cohorts are drawn from a secret source of randomness, which nobody can repeat (this "
        + "simulation had privacy.randomness: \(randomness))"
    ]
  }
}
