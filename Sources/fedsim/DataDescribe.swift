import ArgumentParser
import Foundation
import UsageData
import UsageLog

struct DataDescribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract:
      "Print the days, the hours and the statistics of a population, beside those of real phones.",
    discussion: """
      Examples:

        fedsim data describe --preset typical --clients 500
        fedsim data describe phones.sqlite
        fedsim data describe phones.sqlite --seal-key-file phones.key

      The hours show whether the time zone of a log is right: people sleep at night.
      """)

  @Argument(
    help: "A file that `fedsim data import` wrote; without it a synthetic population.",
    completion: .file())
  var file: String?

  @Option(help: "The file with the key, if the log is encrypted.", completion: .file())
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
    var days = SessionDays()
    var hours = HourProfile()
    func add(_ history: ClientHistory) {
      statistics.add(history)
      days.add(history)
      hours.add(history)
    }
    if let file {
      if let sealKeyFile, let warning = KeyFile.permissionWarning(sealKeyFile) {
        printMessage("fedsim: \(warning)")
      }
      let log = try UsageLog(path: file, sealKeyFile: sealKeyFile)
      try log.verifyIfUnchecked()
      for client in 0..<log.clientCount { add(try log.history(of: client)) }
    } else {
      let synthetic = population.population
      for client in 0..<synthetic.clients { add(synthetic.history(of: client)) }
    }
    let rows = statistics.rows
    if output.json {
      try printJSON(
        Description(
          clients: statistics.clients, firstDay: days.first, lastDay: days.last, days: days.count,
          opensByHour: hours.opens, note: hours.doubt,
          quantities: rows.map(Quantity.init)))
      return
    }
    printResult(statistics.clients == 1 ? "1 client" : "\(statistics.clients) clients")
    if let first = days.first, let last = days.last {
      printResult("from \(first) to \(last) (\(days.count == 1 ? "1 day" : "\(days.count) days"))")
    }
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
    for line in hours.lines { printResult(line) }
    if let advice = advice(rows) { printParagraph(advice) }
    if let doubt = hours.doubt { printMessage("fedsim: \(doubt)") }
  }

  /// What to do about quantities outside the ranges of real phones; nil where there are none.
  private func advice(_ rows: [PopulationStatistic]) -> String? {
    let (outside, compared) = (
      rows.count { $0.isInside == false }, rows.count { $0.isInside != nil }
    )
    guard outside > 0 else { return nil }
    let what =
      "OUTSIDE: \(outside) of \(compared) quantities lie outside what studies of real phones measured; that is no "
      + "error, and nothing has to be mended for a run."
    guard file != nil else {
      return what + " What holds for these simulated phones may hold less for real ones."
    }
    return what
      + " Check two things: the unlocks, which are guessed where the log has none (--session-gap of fedsim data "
      + "import, and what its summary says of sessions), and the hours above, which show a wrong time zone. "
      + "What is left is how these people differ from those of the studies."
  }

  private func number(_ value: Double) -> String {
    // Counts are plain numbers.
    let format = value.magnitude < 10 ? "%.3g" : value.magnitude < 10_000 ? "%.4g" : "%.0f"
    return value.isNaN ? "–" : String(format: format, value)
  }

  /// The days between which sessions lie.
  private struct SessionDays {
    private var times: ClosedRange<Int64>?

    mutating func add(_ history: ClientHistory) {
      for session in history.sessions {
        let range = times ?? session.start...session.end
        times = min(range.lowerBound, session.start)...max(range.upperBound, session.end)
      }
    }

    var first: String? { times.map { String(localTimeText($0.lowerBound).prefix(10)) } }
    /// From the first to the last; 0 where there is none.
    var count: Int {
      times.map { Int($0.upperBound / 86_400 - $0.lowerBound / 86_400) + 1 } ?? 0
    }
    var last: String? { times.map { String(localTimeText($0.upperBound).prefix(10)) } }
  }

  private struct Description: Encodable {
    var clients: Int
    var firstDay: String?
    var lastDay: String?
    /// From the first to the last.
    var days: Int
    var opensByHour: [Int]
    var note: String?
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
