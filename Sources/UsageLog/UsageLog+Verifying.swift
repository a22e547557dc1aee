import Crypto
import GRDB
import Storage

/// What a check of a whole log can say.
package enum LogVerification: Equatable, Sendable {
  /// Every value is that of the import.
  case whole
  /// Nothing is damaged as far as can be told; why it cannot all be told, as a sentence.
  case partly(String)
}

extension UsageLog {
  /// Checks every value of the log against what was written: throws where it is damaged.
  ///
  /// Costs a reading of the whole log. `progress` is told the clients checked so far; what it throws
  /// ends the check.
  package func verify(progress: (Int) throws -> Void = { _ in }) throws -> LogVerification {
    var hash = SHA256()
    for app in 0..<appCount { hash.update(data: ContentBytes(ofApp: appName(app)).bytes) }
    for client in 0..<clientCount {
      // Reading compares a client's rows with their digest, or opens its sealed days.
      let history = try history(of: client)
      let id = try database.unsafeRead { try readID(of: client, from: $0) }
      hash.update(data: ContentBytes(of: history, client: client, id: id).bytes)
      try progress(client + 1)
    }
    if Digest.text(hash.finalize()) == contentHash { return .whole }
    if isExpired, seal == nil, !checksClients {
      throw UsageLogError(
        .badInput,
        "\(path) is damaged: it has lost the digests of its clients; import the log again")
    }
    if isExpired {
      return seal == nil
        ? .whole : .partly("\(path): days were deleted, so a missing day would not be noticed.")
    }
    if seal == nil, try wasExpiredByOlderVersion() {
      return .partly(
        "\(path): an older version of fedsim deleted days and left nothing to check the others with."
      )
    }
    throw UsageLogError(
      .badInput,
      "\(path) is damaged: its content is not what its content hash says"
        + (seal == nil
          ? "" : " (a day or client is missing, unless an older version of fedsim deleted days)")
        + "; import the log again")
  }

  /// Checks the whole of a log in clear that an older version wrote; clients of others are checked
  /// whenever they are read.
  package func verifyIfUnchecked() throws {
    if !checksClients { _ = try verify() }
  }

  /// Rows keep their numbers, so where days are gone a client's first is not 0.
  private func wasExpiredByOlderVersion() throws -> Bool {
    try database.unsafeRead { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
              SELECT 1 FROM client LEFT JOIN session ON session.client = client.id
              GROUP BY client.id HAVING coalesce(min(session.number), 1) > 0)
            OR EXISTS (SELECT 1 FROM install GROUP BY client HAVING min(number) > 0)
          """) ?? false
    }
  }
}
