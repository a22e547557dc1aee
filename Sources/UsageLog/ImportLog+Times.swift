import Glibc
import Storage
import UsageData

extension ImportOptions {
  /// The same for another reading of the log, which begins with what was found; throws where a source can be
  /// read once only.
  func reading(_ found: FoundTimes, from sources: [ImportSource]) throws(UsageLogError)
    -> ImportOptions
  {
    guard sources.allSatisfy(\.canBeReadAgain) else {
      throw UsageLogError(
        .badInput,
        "\(found.place): '\(found.text)' shows how the times before it are meant, which cannot be read "
          + "again; give --time-format \(found.format.text), or name a file")
    }
    var options = self
    if found.areFractions { options.foundFractions = true } else { options.foundTimes = found }
    return options
  }
}

extension ImportSource {
  /// Whether it is an ordinary file.
  var canBeReadAgain: Bool {
    guard case .file(let path) = self else { return false }
    return (try? FileKind.of(path)) == .file
  }
}

/// Says how times were read, once all rows are; throws where they must be read otherwise.
func finishTimes(
  _ parser: RowParser, _ options: ImportOptions, _ report: inout ImportReport, _ places: LogPlaces
) throws {
  if options.timeFormat == nil, !options.keepsAllTimes, let serial = parser.units.serial {
    throw FoundTimes(format: .count(.excel), line: serial.line, text: serial.text).placed(places)
  }
  if let found = try parser.timeReader.dates.found(places) { throw found.placed(places) }
  try parser.timeReader.finish(parser.timeForms, options, &report, places)
}

/// Says what is odd about the times of a log, sets aside the few rows of wrong clocks, and throws where
/// it cannot be told which times are right.
func checkTimes(
  _ survey: TimeSurvey, _ parser: RowParser, _ report: inout ImportReport, _ options: ImportOptions,
  _ places: LogPlaces
) throws(UsageLogError) {
  try checkUnits(survey, parser.units, &report, options, places)
  let forms = parser.timeForms.filter { $0.rows > 0 }.sorted { $0.line < $1.line }
  if forms.count > 1 {
    let shown = forms.map { "\($0.form.name) (\($0.rows), first on \(places.words(for: $0.line)))" }
    report.notes.append(
      "the times are written in several ways, \(shown.joined(separator: ", ")); check that they are one "
        + "clock")
  }
  guard !options.keepsAllTimes, let verdict = survey.verdict() else { return }
  let remedy = "keep them with --keep-all-times, or cut with --from and --until"
  if let group = verdict.doubtful.first ?? (options.isStrict ? verdict.outlying.first : nil) {
    throw UsageLogError(
      .badInput,
      "\(places.place(of: group.line)): \(words(group)), more than a year from most others "
        + "(\(days(verdict.main.times))): a wrong clock or unit; mend them, \(remedy)")
  }
  report.outlying = verdict.outlying
  for group in verdict.outlying {
    report.notes.append(
      "\(words(group)), first on \(places.words(for: group.line)), more than a year from most others "
        + "(\(days(verdict.main.times))), and \(group.rows == 1 ? "was" : "were") left out; \(remedy)"
    )
  }
  for group in verdict.distant {
    report.notes.append(
      "\(words(group)), first on \(places.words(for: group.line)), more than a year from most others "
        + "(\(days(verdict.main.times))); cut with --from and --until if that is a wrong clock")
  }
  guard verdict.outlying.isEmpty else { return }
  for group in survey.strays() {
    report.notes.append(
      "\(words(group)), first on \(places.words(for: group.line)), more than a month from the others; cut with --from "
        + "and --until if that is a wrong clock, because the last day of the log sets the days of the "
        + "test")
  }
}

/// Says that most times lie where no phone was; throws where they are numbers of another unit.
private func checkUnits(
  _ survey: TimeSurvey, _ units: UnitSurvey, _ report: inout ImportReport,
  _ options: ImportOptions, _ places: LogPlaces
) throws(UsageLogError) {
  guard !options.keepsAllTimes else { return }
  if let (unit, rows) = units.unit() {
    throw UsageLogError(
      .badInput,
      "\(places.place(of: rows.line)): '\(rows.text)' was read as \(reading(rows)), but \(rows.count) of "
        + "\(units.rows) times look like \(unit.name); \(unit.remedy), or keep them as they are with "
        + "--keep-all-times")
  }
  if let (count, rows) = units.count() {
    throw UsageLogError(
      .badInput,
      "\(places.place(of: rows.line)): '\(rows.text)' was read as \(reading(rows)), but \(rows.count) of "
        + "\(units.rows) times look like \(count.form.name); say so with --time-format \(count.rawValue), or "
        + "keep them as they are with --keep-all-times")
  }
  for (rows, place) in [(units.early, "before 2005"), (units.late, "more than a year after today")]
  where units.isMost(rows.count) {
    report.notes.append(
      "\(rows.count) of \(units.rows) times lie \(place), such as '\(rows.text)' on "
        + "\(places.words(for: rows.line)), which was read as \(reading(rows)); check their clock and unit"
    )
  }
}

private func reading(_ rows: UnitSurvey.Rows) -> String {
  "\(localTimeText(rows.time)) (\(rows.form.name))"
}

/// How many rows lie where.
private func words(_ group: TimeGroup) -> String {
  let days = days(group.times)
  let place = days.contains(" ") ? "from \(days)" : "on \(days)"
  return group.rows == 1 ? "1 row lies \(place)" : "\(group.rows) rows lie \(place)"
}

/// The first and the last day.
private func days(_ times: ClosedRange<Int64>) -> String {
  let (first, last) = (
    localTimeText(times.lowerBound).prefix(10), localTimeText(times.upperBound).prefix(10)
  )
  return first == last ? "\(first)" : "\(first) to \(last)"
}
