import UsageData

/// How the content of a new log is laid out in its file.
protocol HistoryWriter {
  func write(_ app: AppCatalogue.App, id: Int) throws
  /// Writes what a client did; its row in `client` is there already.
  func write(_ history: ClientHistory, of client: Int) throws
}
