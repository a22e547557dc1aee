import ArgumentParser
import Tables
import UsageLog

struct DataExpire: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expire",
    abstract: "Delete the oldest days of every client from an imported log.",
    discussion: """
      Examples:

        fedsim data expire phones.sqlite --before 2026-01-01
        fedsim data expire phones.sqlite --keep-days 90

      Nothing of those days stays in the file, and no key is needed. A session goes with the day on
      which it began. Runs that began with the log as it was cannot be resumed.
      """)

  @Argument(help: "A file that `fedsim data import` wrote.", completion: .file())
  var file: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The first day to keep, by the phones' own clocks.", valueName: "date"))
  var before: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Days to keep, counted back from the last day of the log.", valueName: "days"))
  var keepDays: Int64?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (before == nil) != (keepDays == nil) else {
      throw ValidationError("Give either --before or --keep-days.")
    }
    if let before, localDay(before) == nil {
      throw ValidationError("--before '\(before)': write a day, such as 2026-01-31.")
    }
    guard (1...3_000_000).contains(keepDays ?? 1) else {
      throw ValidationError("--keep-days must lie in 1…3000000.")
    }
  }

  func run() throws {
    let retention: Retention =
      if let first = before.flatMap(localDay) { .from(day: first) } else {
        .last(days: keepDays ?? 1)
      }
    let expiry = try expireLog(file, keeping: retention)
    let date = String(localTimeText(max(0, expiry.firstDay) * 86_400).prefix(10))
    if output.json {
      try printJSON(
        Summary(
          path: file, firstDay: date, deletedDays: expiry.deletedDays, keptDays: expiry.keptDays))
    } else {
      printResult(
        "\(counted(expiry.deletedDays, "day")) of clients before \(date) deleted, \(expiry.keptDays) kept"
      )
    }
  }

  private struct Summary: Encodable {
    var path: String
    var firstDay: String
    var deletedDays: Int
    var keptDays: Int
  }
}
