import Storage

/// summary.json as one list of metrics, named like the columns of sweep.csv.
enum Summary {
  /// Empty for a run that has not finished.
  static func metrics(in folder: RecordedFolder) throws -> [String: Double] {
    guard let object = try JSONFile.object("summary.json", in: folder) else { return [:] }
    var metrics: [String: Double] = [:]
    flatten(object, prefix: "", into: &metrics)
    return metrics
  }

  private static func flatten(
    _ object: [String: JSONValue], prefix: String, into metrics: inout [String: Double]
  ) {
    for (key, value) in object {
      switch value {
      case .object(let inner): flatten(inner, prefix: "\(prefix)\(key)_", into: &metrics)
      case .number(let number): metrics["\(prefix)\(key)"] = number
      case .text, .texts, .other: continue
      }
    }
  }
}
