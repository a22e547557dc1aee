import CZlib
import Foundation
import UsageData
import UsageLog

/// A folder that goes away with the test that made it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "usagelog-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> ImportSource {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return .file(file(name))
  }

  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

let vectors = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Vectors/"

/// 0, 1, …, 31; the key of hashed_ids.csv.
let testKey = [UInt8](0..<32)

/// Options with the key of the tests.
func options(_ format: LogFormat, _ change: (inout ImportOptions) -> Void = { _ in })
  -> ImportOptions
{
  var options = ImportOptions(format: format)
  options.key = testKey
  change(&options)
  return options
}

/// Imports `text` and opens what came of it.
func imported(_ text: String, _ options: ImportOptions = options(.csv)) throws
  -> (log: UsageLog, report: ImportReport)
{
  let folder = try TemporaryFolder()
  return try imported(folder.write("log.csv", text.utf8), options)
}

func imported(_ source: ImportSource, _ options: ImportOptions) throws
  -> (log: UsageLog, report: ImportReport)
{
  let folder = try TemporaryFolder()
  let report = try importLog(from: source, to: folder.file("log.sqlite"), options: options)
  return (try UsageLog(path: folder.file("log.sqlite")), report)
}

extension UsageLog {
  /// The names of the apps a session opened, in order.
  func apps(of session: Session, in history: ClientHistory) -> [String] {
    history.opens[session.opens].map { appName(Int($0.app)) }
  }

  var appNames: [String] { (0..<appCount).map(appName) }
}

/// The bytes as one gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  var packed = [UInt8](repeating: 0, count: bytes.count + 1024)
  var bytes = bytes
  let gzipFormat: Int32 = 16 + MAX_WBITS
  deflateInit2_(
    &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipFormat, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  let size = bytes.withUnsafeMutableBufferPointer { input in
    packed.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      deflate(&stream, Z_FINISH)
      return output.count - Int(stream.avail_out)
    }
  }
  deflateEnd(&stream)
  return Array(packed.prefix(size))
}

/// The fields of a line of a table that Python wrote.
func csvFields(_ line: Substring) -> [String] {
  var fields = [""]
  var isQuoted = false
  for character in line {
    if character == "\"" {
      isQuoted.toggle()
    } else if character == ",", !isQuoted {
      fields.append("")
    } else {
      fields[fields.count - 1].append(character)
    }
  }
  return fields
}

/// The error that `body` throws, if it is the module's own.
func usageLogError(_ body: () throws -> Void) -> UsageLogError? {
  do {
    try body()
    return nil
  } catch {
    return error as? UsageLogError
  }
}
