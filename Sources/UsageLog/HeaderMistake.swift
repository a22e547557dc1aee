import Tables

/// A column that one file of several lacks, while most of the others have it.
struct HeaderMistake {
  private let place: String
  private let role: ColumnRole
  /// What the others call the column, and what this file has in its place.
  private let expected: String
  private let found: String?
  private let others: (count: Int, haveIt: Int, areAll: Bool)

  /// More files than these tell nothing new.
  private static let mostOthers = 200
  private static let roles: [ColumnRole] = [.client, .time, .app, .date, .timezone]

  /// Compares the header of a file with those of the other files of the import; nil where it lacks nothing.
  init?(in source: ImportSource, _ options: ImportOptions) {
    let all = options.files.filter { $0 != source }
    guard !all.isEmpty, let own = Header(source, options) else { return nil }
    let headers = all.prefix(Self.mostOthers).map { Header($0, options) }
    for role in Self.roles {
      let named = headers.compactMap { header in header?.used(for: role).map { (header, $0) } }
      let counts = Dictionary(grouping: named, by: \.1)
      guard
        let (name, files) = counts.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }),
        files.count * 2 > headers.count, !own.names.contains(name), let other = files[0].0
      else { continue }
      place = own.place
      self.role = role
      expected = name
      found = own.name(inPlaceOf: name, of: other)
      others = (headers.count, files.count, headers.count == all.count)
      return
    }
    return nil
  }

  var error: UsageLogError {
    let which =
      if others.count == 1 {
        "the other file has"
      } else if others.areAll, others.haveIt == others.count {
        "the other \(others.count) files have"
      } else {
        "\(others.haveIt) of \(others.count) other files have"
      }
    let own = found.map { "it has \(quoted($0)), and \(which) \(quoted(expected)) there" }
    return UsageLogError(
      .badInput,
      "\(place) has no column for the \(role.rawValue): \(own ?? "\(which) \(quoted(expected))"); "
        + "mend the header of this one")
  }

  /// The names of a file's columns, and what an import reads of them.
  private struct Header {
    let place: String
    let names: [String]
    private let columns: ResolvedColumns?

    /// Nil where a file has no header, or cannot be read a second time.
    init?(_ source: ImportSource, _ options: ImportOptions) {
      guard options.hasHeader, source.canBeReadAgain,
        let input = try? LogInput(source, encoding: options.encoding, whenInterrupted: {}),
        let head = try? input.peek(LogShape.headSize)
      else { return nil }
      let isWhole = head.count < LogShape.headSize
      let shape = head.withUnsafeBufferPointer {
        LogShape($0, isWhole: isWhole, options, name: source.name)
      }
      switch shape {
      case .delimited(let delimiter):
        guard let reader = try? DelimitedReader(input, delimiter: delimiter),
          let row = try? firstRow(reader, options, name: source.name)
        else { return nil }
        names = row.map { trimmed($0[...]) }
        place = "\(source.name):\(reader.line)"
      case .json, .jsonLines:
        let json = JSONHead(head, isLines: shape == .jsonLines)
        guard !json.isActivityWatch else { return nil }
        names = json.names
        place = source.name
      case .usageDump: return nil
      }
      columns = try? (options.format.fixedColumns ?? options.columns).resolve(
        names, guessing: options.format.fixedColumns == nil, in: place,
        needsClient: options.client == .column)
    }

    func used(for role: ColumnRole) -> String? { columns?.used.first { $0.role == role }?.header }

    /// What stands here where another file has `name`, and stands nowhere there.
    func name(inPlaceOf name: String, of other: Header) -> String? {
      let own = names.filter { !other.names.contains($0) }
      if names.count == other.names.count, let index = other.names.firstIndex(of: name),
        own.contains(names[index])
      {
        return names[index]
      }
      return own.min { editDistance($0, name) < editDistance($1, name) }
    }
  }
}

extension ImportReport {
  /// Sentences about files that lack a column which most of the others have, and have one that is called
  /// nearly so.
  func notesOnHeaders() -> [String] {
    ColumnRole.allCases.filter { !$0.isRequired }.flatMap { role -> [String] in
      let named = files.compactMap { file in file.columns.first { $0.role == role }?.header }
      guard let name = named.first, named.count < files.count, named.count * 2 > files.count else {
        return []
      }
      return files.compactMap { file in
        guard !file.columns.contains(where: { $0.role == role }) else { return nil }
        let near = file.droppedColumns.first {
          editDistance(normalizedHeader($0), normalizedHeader(name)) <= max(1, name.count / 4)
        }
        return near.map {
          "\(file.name) has \(quoted($0)), which is not read, and \(named.count) files have \(quoted(name)) "
            + "for the \(role.rawValue); mend its header if that is the same column"
        }
      }
    }
  }
}
