import Foundation
import Glibc
import Storage
import Synchronization
import Tables
import UsageLog

/// Where experiments come from: files, or standard input.
package enum ExperimentFile {
  /// What stands for standard input on the command line.
  static let standardInput = "-"
  /// The same in messages.
  private static let nameOfStandardInput = "standard input"

  /// How messages call the file.
  package static func name(of path: String) -> String {
    path == standardInput ? nameOfStandardInput : path
  }

  static func isStandardInput(_ path: String) -> Bool {
    [standardInput, nameOfStandardInput].contains(path)
  }

  private static let extensions = ["yaml", "yml"]
  private static let mostNames = 5
  private static let read = Mutex<String?>(nil)

  /// What is typed or piped; it can be read only once, and several ask.
  static func typed() throws -> String {
    try read.withLock { known in
      if let known { return known }
      var data = Data()
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while data.count <= YAMLText.largestFile {
        let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        data.append(contentsOf: buffer[..<count])
      }
      guard data.count <= YAMLText.largestFile else {
        throw ExperimentError(
          .badData,
          "standard input: is larger than the \(YAMLText.largestFile) bytes of the largest experiment "
            + "file; is it one?")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw ExperimentError(
          .badData, "standard input: is no UTF-8 text; is it an experiment file?")
      }
      known = text
      return text
    }
  }

  /// What to do where there is no such file: the end of a sentence.
  static func advice(near path: String) -> String {
    let url = URL(fileURLWithPath: path)
    let folder = AtomicFile.folder(of: path)
    let shown =
      folder == "." && !path.hasPrefix("./") ? "" : folder.hasSuffix("/") ? folder : "\(folder)/"
    let names = names(in: folder)
    let wanted = url.lastPathComponent
    let stem = url.deletingPathExtension().lastPathComponent
    let sameStem = names.first {
      URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent == stem
    }
    let near =
      sameStem
      ?? KeySuggestion.nearest(wanted, names, atMost: max(1, min(wanted.count, stem.count) / 3))
    guard let near else {
      return "give the path of an experiment file, or make one with `fedsim new`"
    }
    return "the nearest is '\(PrintableText.excerpt(shown + near, longest: 4_096))'"
  }

  /// The experiments in a folder that was given in place of one: the end of a sentence.
  static func advice(in folder: String) -> String {
    let names = names(in: folder)
    guard !names.isEmpty else { return "give the path of an experiment file" }
    let prefix = folder.hasSuffix("/") ? folder : "\(folder)/"
    let shown = names.prefix(mostNames).map { PrintableText.excerpt(prefix + $0, longest: 4_096) }
    let rest = names.count - shown.count
    return "give one of its files: \(shown.joined(separator: ", "))"
      + (rest > 0 ? " and \(rest) more" : "")
  }

  /// Experiment files of a folder, in order.
  private static func names(in folder: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { name in extensions.contains { name.hasSuffix(".\($0)") } }.sorted()
  }
}
