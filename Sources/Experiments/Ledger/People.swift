import Federation

/// Who the people of an experiment are, as a name that is equal for experiments on the same ones.
package enum People {
  /// - Of an imported log, its content: a log with one event more is another, so whoever goes on with
  ///   the same people gives them a name (`privacy.ledger_people`).
  /// - Of simulated phones, what their habits follow from, whatever the number of phones and days: the
  ///   first thousand of a million are the same people, and their first weeks are part of their months.
  ///
  /// - Parameter contentHash: of an imported log.
  package static func name(of configuration: Configuration, contentHash: String?) -> String {
    if let name = configuration.privacy.ledgerPeople.value { return name }
    let population = configuration.population
    switch population.source {
    case .file: return "log \(contentHash ?? "unknown")"
    case .benchmark: return "benchmark, seed \(configuration.populationSeed)"
    case .worker:
      return
        "of \(configuration.workers.program.value ?? "a program"), \(population.clients) clients"
    case .synthetic:
      return
        "synthetic \(population.ways.joined(separator: ", ")), seed \(configuration.populationSeed)"
    }
  }
}
