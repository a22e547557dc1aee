import UsageData

/// Says what is odd about the times of a log, sets aside the few rows of wrong clocks, and throws where
/// it cannot be told which times are right.
func checkTimes(
  _ survey: TimeSurvey, _ parser: RowParser, _ report: inout ImportReport, _ options: ImportOptions,
  name: String
) throws(UsageLogError) {
  if parser.dayLikeTimes == report.rows - report.badRows, !options.keepsAllTimes {
    throw UsageLogError(
      .badInput,
      "\(name): every time is a day such as 20240105, without a time of day, or else a number of Unix "
        + "seconds in 1970; give a column with the time of day, or --keep-all-times for Unix seconds"
    )
  }
  let forms = parser.timeForms.filter { $0.rows > 0 }.sorted { $0.line < $1.line }
  if forms.count > 1 {
    let shown = forms.map { "\($0.form.name) (\($0.rows), first on line \($0.line))" }
    report.notes.append(
      "the times are written in several ways, \(shown.joined(separator: ", ")); check that they are one "
        + "clock")
  }
  guard !options.keepsAllTimes, let verdict = survey.verdict() else { return }
  let remedy = "keep them with --keep-all-times, or cut with --from and --until"
  if let group = verdict.doubtful.first ?? (options.isStrict ? verdict.outlying.first : nil) {
    throw UsageLogError(
      .badInput,
      "\(name):\(group.line): \(words(group)), more than a year from most others "
        + "(\(days(verdict.main.times))): a wrong clock or unit; mend them, \(remedy)")
  }
  report.outlying = verdict.outlying
  for group in verdict.outlying {
    report.notes.append(
      "\(words(group)), first on line \(group.line), more than a year from most others "
        + "(\(days(verdict.main.times))), and \(group.rows == 1 ? "was" : "were") left out; \(remedy)"
    )
  }
  for group in verdict.distant {
    report.notes.append(
      "\(words(group)), first on line \(group.line), more than a year from most others "
        + "(\(days(verdict.main.times))); cut with --from and --until if that is a wrong clock")
  }
  guard verdict.outlying.isEmpty else { return }
  for group in survey.strays() {
    report.notes.append(
      "\(words(group)), first on line \(group.line), more than a month from the others; cut with --from "
        + "and --until if that is a wrong clock, because the last day of the log sets the days of the "
        + "test")
  }
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
