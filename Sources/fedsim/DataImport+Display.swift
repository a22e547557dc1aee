import Tables
import UsageLog

extension DataImport {
  /// Shows what an import found; `others` are the files of folders that were passed over.
  func show(_ report: ImportReport, _ others: [String]) {
    for row in report.badExamples { printMessage("\(row.file):\(row.line): \(row.reason)") }
    if report.badRows > report.badExamples.count {
      printMessage("… and \(counted(report.badRows - report.badExamples.count, "more bad row"))")
    }
    if let warning = report.warning { printMessage(warning) }
    let isOneFile = report.files.count == 1
    for note in report.notes { printMessage(isOneFile ? "\(report.files[0].name): \(note)" : note) }
    if !others.isEmpty {
      let names = others.prefix(3).map(PrintableText.line).joined(separator: ", ")
      printMessage(
        "\(others.count) other file\(others.count == 1 ? " was" : "s were") not read: \(names)"
          + (others.count > 3 ? ", …" : ""))
    }
    showFiles(report.files)
    showRows(report)
    let summary = report.log
    printParagraph(
      "\(counted(summary.clients, "client")), \(counted(summary.apps, "app")), "
        + "\(counted(summary.opens, "open")) in \(counted(summary.sessions, "session"))"
        + (summary.sessionsWithoutApp > 0 ? " (\(summary.sessionsWithoutApp) opened no app)" : ""))
    if let range = summary.timeRange {
      printParagraph(
        "from \(localTimeText(range.lowerBound)) to \(localTimeText(range.upperBound))")
    }
    for line in report.times.lines + report.sessions.lines { printParagraph(line) }
    printParagraph(
      keyFile.map {
        "client ids: hashed with the key in \($0); another import with it gives the same ids"
      }
        ?? "client ids: hashed with a key that is forgotten, so another import of the same files gives other ids, "
        + "and runs on it slightly other results; keep one with `fedsim data key ids.key` and --key-file ids.key"
    )
    printParagraph(
      sealKeyFile.map { "written to \(out), encrypted with \($0)" } ?? "written to \(out)")
  }

  /// What each file was taken for, files that are alike together.
  private func showFiles(_ files: [ImportedFile]) {
    var alike: [(text: String, count: Int, first: String)] = []
    for file in files {
      let columns = file.columns.map { "\($0.role.rawValue)=\(PrintableText.line($0.header))" }
      var text = "format: \(file.shape)\ncolumns read: \(columns.joined(separator: ", "))"
      if !file.droppedColumns.isEmpty {
        let dropped = file.droppedColumns.map(PrintableText.line).joined(separator: ", ")
        text += "\ncolumns left out: \(dropped)"
      }
      if let index = alike.firstIndex(where: { $0.text == text }) {
        alike[index].count += 1
      } else {
        alike.append((text, 1, file.name))
      }
    }
    for group in alike {
      if group.count > 1 {
        printParagraph("\(group.count) files, the first \(group.first)")
      } else if files.count > 1 {
        printParagraph("1 file, \(group.first)")
      }
      for line in group.text.split(separator: "\n") { printParagraph(String(line)) }
    }
    if let client {
      printParagraph("all rows are those of the client \(PrintableText.line(client))")
    } else if let clientFrom {
      printParagraph("each \(clientFrom.rawValue) is one client")
    }
  }

  private func showRows(_ report: ImportReport) {
    let imported = report.imported - (keepDuplicates ? 0 : report.duplicateRows)
    printParagraph(
      "\(imported) of \(counted(report.rows, "row")) imported, "
        + (report.badRows == 0 ? "no bad row" : "\(counted(report.badRows, "bad row")) skipped")
        + (report.ignoredRows > 0 ? ", \(report.ignoredRows) of other events ignored" : "")
        + (report.rowsOutside > 0 ? ", \(report.rowsOutside) outside --from and --until" : "")
        + (report.outlyingRows > 0 ? ", \(report.outlyingRows) of a wrong clock left out" : ""))
    if report.ignoredRows > 0 { printParagraph("events ignored: \(top(report.ignoredEvents))") }
    if report.duplicateRows > 0 {
      printParagraph(
        "\(counted(report.duplicateRows, "duplicate row")) "
          + (keepDuplicates ? "kept" : "left out (--keep-duplicates keeps them)"))
    }
    if report.tiedOpens > 0 {
      printParagraph(
        "\(counted(report.tiedOpens, "open")) at the time of an open of another app, in the order of the "
          + "apps' names")
    }
    let systemOpens = report.systemApps.reduce(0) { $0 + $1.rows }
    if systemOpens > 0 {
      printParagraph(
        "\(counted(systemOpens, "open")) of launchers and system apps ignored: \(top(report.systemApps))"
      )
    }
    if report.mergedOpens > 0 {
      printParagraph("\(counted(report.mergedOpens, "repeated open")) of the app in use merged")
    }
  }

  /// The first of them with their rows.
  private func top(_ counts: [(name: String, rows: Int)]) -> String {
    let first = counts.prefix(5).map { "\(PrintableText.excerpt($0.name, longest: 60)) \($0.rows)" }
    return first.joined(separator: ", ")
      + (counts.count > 5 ? " and \(counts.count - 5) more (--json lists all)" : "")
  }
}
