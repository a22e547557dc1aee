import ArgumentParser
import Experiments
import Glibc
import UsageData
import UsageLog

struct DataGenerate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write the histories of a synthetic population to a file.",
    discussion: """
      Examples:

        fedsim data generate --clients 100 --days 14 --out phones.sqlite
        fedsim data generate --clients 3 --preset routine --out - | head

      A name ending in .sqlite gets the format that experiments read, anything else CSV that
      `fedsim data import` reads back.
      """)

  @OptionGroup var population: PopulationOptions

  @Option(help: "The file to write, or - for standard output (CSV).", completion: .file())
  var out: String

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  func validate() throws { try population.validate() }

  func run() throws {
    let synthetic = population.population
    // What goes to a file is there whole or not at all.
    if out != "-" { Interruption.listen() }
    func history(_ client: Int) throws -> ClientHistory {
      if Interruption.isRequested {
        throw ExperimentError(.interrupted, "Interrupted; \(out) was not written.")
      }
      return synthetic.history(of: client)
    }
    let names = (0..<synthetic.appCount).map { synthetic.appName(Int32($0)) }
    if out.hasSuffix(".sqlite") {
      let summary = try writeLog(
        to: out, clientCount: synthetic.clients, appNames: names, overwrite: overwrite,
        history: history)
      printResult(
        "\(counted(summary.clients, "client")) with \(counted(summary.opens, "open")) written to \(out)"
      )
    } else {
      // Whoever reads has read enough.
      if out == "-" { signal(SIGPIPE) { _ in _exit(0) } }
      try writeCSV(
        to: out, clientCount: synthetic.clients, appNames: names, overwrite: overwrite,
        history: history)
    }
  }
}

/// A synthetic population on the command line.
struct PopulationOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Number of clients.")
  var clients = 200

  @Option(parsing: .unconditional, help: "Days of history.")
  var days = 28

  @Option(parsing: .unconditional, help: "typical, routine or erratic.")
  var preset = PopulationPreset.typical

  @Option(parsing: .unconditional, help: "Seed of the population.")
  var seed: UInt64 = 1

  func validate() throws {
    // More would fill any disk before anybody could use them.
    guard (1...10_000_000).contains(clients) else {
      throw ValidationError("--clients must be at least 1 and at most 10000000, not \(clients).")
    }
    try check(days, of: "--days", as: "population.days")
  }

  var population: SyntheticPopulation {
    SyntheticPopulation(seed: seed, clients: clients, days: days, preset: preset)
  }
}

extension PopulationPreset: ExpressibleByArgument {}
