import Tables

/// Reads the header row of delimited text, or, where the user says that it has none, the number of its
/// columns.
func readHeader(
  _ reader: DelimitedReader, _ options: ImportOptions, name: String
) throws -> ResolvedColumns {
  let header = try firstRow(reader, options, name: name)
  let needsClient = options.client == .column
  guard options.hasHeader else {
    reader.repeatRow()
    return try columns(byNumber: header, options, needsClient: needsClient, name: name)
  }
  let place = "\(name):\(reader.line)"
  if let fixed = options.format.fixedColumns {
    return try fixed.resolve(header, guessing: false, in: place)
  }
  let looksLikeData = header.contains(where: isSurelyTime)
  let isData = UsageLogError(
    .badInput,
    "\(place): the first row looks like data (\(shown(header))), not like a header; import the file with "
      + "--no-header and give the columns by number, such as --columns client=1,time=2,app=3")
  // Numbers say that there are no names.
  if looksLikeData, options.columns.usesNumbers { throw isData }
  do throws(UsageLogError) {
    var columns = try options.columns.resolve(
      header, guessing: true, in: place, needsClient: needsClient, options)
    if looksLikeData {
      columns.note =
        "the first row was taken for the header, although it looks like data; read it as a row with "
        + "--no-header"
    }
    return columns
  } catch {
    if looksLikeData { throw isData }
    if header.count == 1 {
      throw UsageLogError(
        .badInput,
        "\(place) has one column, \(shown(header)): neither comma, semicolon, tab nor | separates fields; "
          + "name what does with --delimiter, and check that the file is a log")
    }
    throw error
  }
}

/// The fields of the first row.
func firstRow(
  _ reader: DelimitedReader, _ options: ImportOptions, name: String
) throws -> [String] {
  let what = options.hasHeader ? "; a log starts with a header row" : ""
  while true {
    switch try reader.next() {
    case .end: throw UsageLogError(.badInput, "\(name) is empty\(what)")
    case .malformed(let reason):
      throw UsageLogError(.badInput, "\(name):\(reader.line): \(reason)\(what)")
    case .row:
      let fields = (0..<reader.fieldCount).map {
        String(decoding: reader.field($0), as: UTF8.self)
      }
      // How Excel names the delimiter.
      let isMark =
        reader.line == 1 && fields.count == 2 && fields[0].lowercased() == "sep="
        && fields[1].isEmpty
      if !isMark { return fields }
    }
  }
}

/// Columns of a file without a header.
private func columns(
  byNumber row: [String], _ options: ImportOptions, needsClient: Bool, name: String
) throws(UsageLogError) -> ResolvedColumns {
  do throws(UsageLogError) {
    return try options.columns.resolve(
      row.indices.map { "#\($0 + 1)" }, guessing: false, in: name, needsClient: needsClient)
  } catch {
    let roles: [ColumnRole] = (needsClient ? [.client] : []) + [.time, .app]
    let missing = roles.filter { !options.columns.hasColumn(for: $0) }.map(\.rawValue)
    guard !missing.isEmpty else { throw error }
    let example = roles.enumerated().map { "\($1.rawValue)=\($0 + 1)" }.joined(separator: ",")
    let onePerson =
      missing.contains("client") ? " (of the client: \(options.clientAdvice))" : ""
    throw UsageLogError(
      .badInput,
      "\(name) is read without a header, so --columns must give the \(missing.joined(separator: " and ")) "
        + "by number, such as --columns \(example)\(onePerson); the first row is \(shown(row))")
  }
}

/// The first row, numbered, for a message.
private func shown(_ row: [String]) -> String {
  let fields = row.prefix(8).enumerated().map {
    "#\($0 + 1) '\(PrintableText.excerpt($1, longest: 30))'"
  }
  return fields.joined(separator: ", ") + (row.count > 8 ? ", …" : "")
}

/// Whether a text is a time and can hardly be a name: a date, or a number that is as long as today's
/// Unix times.
private func isSurelyTime(_ text: String) -> Bool {
  let text = trimmed(text[...])
  guard text.utf8.count >= 10, text.utf8.first.map({ (0x30...0x39).contains($0) }) ?? false else {
    return false
  }
  return Array(text.utf8).withUnsafeBufferPointer {
    if let time = LoggedTime($0) { return time.isInRange }
    return (try? WrittenTime($0)) != nil
  }
}

/// The columns of JSON objects, by the names of their fields.
func columns(
  of head: JSONHead, _ options: ImportOptions, name: String
) throws(UsageLogError) -> ResolvedColumns {
  let deeper = head.deeperRows.map {
    UsageLogError(
      .badInput,
      "\(name): the objects hold others in \(quoted($0.key)), and rows of a log do not lie so deep; "
        + $0.remedy(name))
  }
  guard !head.names.isEmpty else {
    throw deeper
      ?? UsageLogError(
        .badInput,
        "\(name) is JSON without objects in an array or on lines, which rows of a log are; write one object "
          + "for each event, for example with `jq -c '.PATH[]'`")
  }
  var mapping = options.columns
  if head.isActivityWatch {
    let app = ["data.package", "data.app"].first(where: head.names.contains) ?? "data.app"
    mapping = mapping.filled(from: .activityWatch(app: app))
  }
  do throws(UsageLogError) {
    return try mapping.resolve(
      head.names, guessing: true, in: name, needsClient: options.client == .column, options)
  } catch {
    if !head.isActivityWatch, let deeper, !mapping.findsEvents(in: head.names) { throw deeper }
    guard head.isActivityWatch, options.client == .column, !mapping.hasColumn(for: .client) else {
      throw error
    }
    throw UsageLogError(
      .badInput,
      "\(name) is an export of ActivityWatch, which does not say whose it is; \(options.clientAdvice)"
    )
  }
}

extension ColumnMapping {
  /// Whether fields look like the time and the app of an event, or are named as such.
  fileprivate func findsEvents(in names: [String]) -> Bool {
    [ColumnRole.time, .app].allSatisfy { role in
      switch columns[role] {
      case .header(let name): names.contains(name)
      case .position, .absent: true
      case nil: role.guess(among: names.map(normalizedHeader)) != nil
      }
    }
  }

  /// What ActivityWatch exports: the kind of a bucket says what its events are.
  static func activityWatch(app: String) -> ColumnMapping {
    ColumnMapping([
      .client: .absent, .time: .header("timestamp"), .app: .header(app),
      .event: .header(jsonParent + "type"), .session: .absent, .place: .absent, .battery: .absent,
      .charging: .absent, .network: .absent, .notification: .absent, .system: .absent,
      .order: .absent,
    ])
  }
}
