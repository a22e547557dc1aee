import GRDB

/// What is done with a log's file when SQLite complains.
enum LogAccess {
  case reading
  /// A new log.
  case writing
  /// Days of a log are deleted.
  case expiring
}

/// The sentence for what SQLite says about the log at `path`.
func logError(_ error: DatabaseError, _ access: LogAccess, _ path: String) -> UsageLogError {
  func failure(_ words: String) -> UsageLogError { UsageLogError(.inputOutput, "\(path) \(words)") }
  let verb =
    switch access {
    case .reading: "read"
    case .writing: "written"
    case .expiring: "rewritten"
    }
  switch error.resultCode {
  case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
    return failure(
      access == .expiring
        ? "is being read by another process; try again when that has ended"
        : "is being changed by another fedsim process; try again when it is done")
  case .SQLITE_FULL:
    return failure("cannot be \(verb): the disk is full; make room and try again")
  case .SQLITE_IOERR, .SQLITE_NOLFS, .SQLITE_TOOBIG:
    return failure(
      "cannot be \(verb): the disk reports an error; check the disk and the space left")
  case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
    return failure(
      access == .reading
        ? "holds a deletion that was interrupted and must be undone first; run `fedsim data describe` as its "
          + "owner, who may write the file and its folder"
        : "cannot be \(verb): it or its folder may not be written; check their permissions")
  case .SQLITE_CANTOPEN:
    return failure(
      "cannot be opened to be \(verb); check the permissions of the file and its folder")
  case .SQLITE_NOMEM:
    return failure("cannot be \(verb): memory is short; close other programs and try again")
  case .SQLITE_NOTADB:
    return UsageLogError(
      .badInput,
      "\(path) is not a usage log, or its start is damaged; make one with `fedsim data import`")
  case .SQLITE_CORRUPT, .SQLITE_FORMAT:
    return UsageLogError(.badInput, "\(path) is damaged; import the log again")
  case .SQLITE_ERROR where access != .writing, .SQLITE_SCHEMA, .SQLITE_MISMATCH:
    // A table or column that the file lacks.
    return UsageLogError(
      .badInput,
      "\(path) is a database, but not a usage log; make one with `fedsim data import`")
  default:
    return failure(
      "cannot be \(verb) (SQLite's error \(error.extendedResultCode.rawValue)); check the file, its "
        + "folder and the space left")
  }
}
