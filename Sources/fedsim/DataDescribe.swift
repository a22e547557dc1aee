import ArgumentParser
import Foundation
import UsageData
import UsageLog

struct DataDescribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Print the statistics of a population beside those of real phones.",
    discussion: """
      Examples:

        fedsim data describe --preset typical --clients 500
        fedsim data describe phones.sqlite
        fedsim data describe phones.sqlite --seal-key-file phones.key
      """)

  @Argument(help: "A file that `fedsim data import` wrote; without it a synthetic population.")
  var file: String?

  @Option(help: "The file with the key, if the log was sealed with one.")
  var sealKeyFile: String?

  @OptionGroup var population: PopulationOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try population.validate()
    guard file != nil || sealKeyFile == nil else {
      throw ValidationError("--seal-key-file is for a file; name one.")
    }
  }

  func run() throws {
    var statistics = PopulationStatistics()
    if let file {
      let log = try UsageLog(path: file, sealKeyFile: sealKeyFile)
      for client in 0..<log.clientCount { statistics.add(try log.history(of: client)) }
    } else {
      let synthetic = population.population
      for client in 0..<synthetic.clients { statistics.add(synthetic.history(of: client)) }
    }
    let rows = statistics.rows
    if output.json {
      try printJSON(Description(clients: statistics.clients, quantities: rows.map(Quantity.init)))
      return
    }
    printResult(statistics.clients == 1 ? "1 client" : "\(statistics.clients) clients")
    printResult(
      TextTable.render(
        [["quantity", "value", "real phones", ""]]
          + rows.map { row in
            [
              row.quantity, number(row.value),
              row.target.map { "\(number($0.lowerBound)) … \(number($0.upperBound))" } ?? "–",
              row.isInside.map { $0 ? "inside" : "OUTSIDE" } ?? "",
            ]
          }))
  }

  private func number(_ value: Double) -> String {
    value.isNaN ? "–" : String(format: value.magnitude < 10 ? "%.3g" : "%.4g", value)
  }

  private struct Description: Encodable {
    var clients: Int
    var quantities: [Quantity]
  }

  private struct Quantity: Encodable {
    var quantity: String
    var value: Double?
    var low: Double?
    var high: Double?
    var isInside: Bool?

    init(_ row: PopulationStatistic) {
      quantity = row.quantity
      value = row.value.isFinite ? row.value : nil
      low = row.target?.lowerBound
      high = row.target?.upperBound
      isInside = row.isInside
    }
  }
}
