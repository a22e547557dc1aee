import Foundation

/// An error that a framework threw and no module of ours has explained, in words of ours.
///
/// Every module explains what it reads and writes; this is the net below them, so that nobody meets
/// the text of a decoder or a database.
struct FrameworkError {
  let sentence: String
  let exitCode: Int32

  /// Nil for errors of our own, which say themselves what to do.
  init?(_ error: any Error) {
    switch error {
    case let error as DecodingError:
      let key = Self.codingPath(of: error)
      sentence =
        "A file\(key.isEmpty ? "" : " with the key \(key)") is damaged or not what it should be; put a "
        + "copy of it back, or make it again."
      exitCode = EX_DATAERR
    case let error as CocoaError: (sentence, exitCode) = Self.explained(error)
    case let error as POSIXError:
      sentence = Self.words("A file cannot be used", error.code.rawValue)
      exitCode = EX_IOERR
    default:
      guard Self.isForeign(error) else { return nil }
      sentence =
        "An internal error (\(type(of: error))) ended the command; please report it with the command "
        + "that was given."
      exitCode = EX_SOFTWARE
    }
  }

  private static func explained(_ error: CocoaError) -> (String, Int32) {
    let file = error.filePath ?? error.url?.path ?? "A file"
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile:
      return ("\(file): is missing; put it back, or name another.", EX_NOINPUT)
    case .fileReadCorruptFile, .propertyListReadCorrupt, .fileReadInapplicableStringEncoding,
      .fileReadUnknownStringEncoding:
      return ("\(file): is damaged or not what it should be; put a copy of it back.", EX_DATAERR)
    default:
      let reason = (error.underlying as? POSIXError)?.code.rawValue
      return (words("\(file): cannot be used", reason), EX_IOERR)
    }
  }

  private static func words(_ problem: String, _ code: Int32?) -> String {
    let reason = code.map { ": \(String(cString: strerror($0)))" } ?? ""
    return "\(problem)\(reason); check its permissions and the free space, then try again."
  }

  private static func codingPath(of error: DecodingError) -> String {
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: nil as DecodingError.Context?
      }
    return context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
  }

  private static func isForeign(_ error: any Error) -> Bool {
    let name = String(reflecting: type(of: error))
    let modules = [
      "Swift", "Foundation", "FoundationEssentials", "GRDB", "Crypto", "_CryptoExtras", "Yams",
      "_Concurrency", "__C",
    ]
    return modules.contains { name.hasPrefix("\($0).") }
  }
}
