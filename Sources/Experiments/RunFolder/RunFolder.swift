import Federation
import Foundation
import Glibc
import Storage

/// The folder of one run: made whole, locked while somebody works in it, never overwritten.
package final class RunFolder: Sendable {
  package let path: String
  package let configuration: Configuration
  private let lock: FolderLock

  /// Makes a new folder with the resolved configuration in it.
  ///
  /// It is prepared under another name and renamed, so that a folder with the right name is always
  /// a run that can be resumed. `prepare` fills it and is told the configuration's hash. `comment`
  /// heads its config.yaml.
  package static func create(
    at wanted: String?, configuration: Configuration, comment: String = "",
    prepare: (_ path: String, _ configHash: String) throws -> Void
  ) throws -> RunFolder {
    let text = try ConfigurationTree.text(of: configuration)
    let hash = hash(of: text)
    let path =
      try wanted.map(normalized) ?? freshPath(for: configuration, hash: String(hash.prefix(8)))
    if wanted != nil { try checkIsFree(path) }
    let new = try NewFolder(path)
    do {
      try FileSystem.makeFolder("\(new.partial)/checkpoint")
      try FileSystem.writeAtomically(
        Data((comment + text).utf8), to: "\(new.partial)/\(configName)")
      try prepare(new.partial, hash)
      // Two runs of one configuration may start within a second.
      for attempt in 1..<(wanted == nil ? 1_000 : 2) {
        let path = attempt == 1 ? path : "\(path)-\(attempt)"
        if let lock = try new.moved(to: path) {
          return RunFolder(path: path, configuration: configuration, lock: lock)
        }
      }
      try checkIsFree(path)
      throw ExperimentError(.inputOutput, "\(path): exists already; choose a folder with --out.")
    } catch {
      new.remove()
      throw error
    }
  }

  /// What the name of a folder in the making has before its process id.
  static let partialMark = Partial.mark
  static let configName = "config.yaml"

  /// Without the slashes that a shell leaves after completing the name of a folder.
  static func normalized(_ path: String) throws -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard !path.isEmpty else {
      throw ExperimentError(.inputOutput, "--out: is empty; give the folder to make.")
    }
    return path
  }

  private static func checkIsFree(_ path: String) throws {
    guard let kind = try FileKind.of(path) else { return }
    // An empty folder is as good as none: the rename replaces it.
    if kind == .folder, try FolderContent.names(in: path)?.isEmpty != false { return }
    let isRun = try FileKind.exists("\(path)/config.yaml")
    throw ExperimentError(
      .inputOutput,
      "\(path): exists already, and this command replaces nothing; choose another --out"
        + (isRun ? ", or continue that run with `fedsim resume \(path)`." : "."))
  }

  /// Whether some process is working on what is in this folder.
  ///
  /// - Parameter mode: `LOCK_EX` also finds those who let others in.
  static func isHeld(_ path: String, mode: Int32 = LOCK_SH) -> Bool {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    return FolderLock.lock(descriptor, mode: mode) == EWOULDBLOCK
  }

  /// Opens the folder of an earlier run.
  package static func open(_ path: String) throws -> RunFolder {
    guard try FileKind.exists("\(path)/config.yaml") else {
      throw ExperimentError(
        .missingInput,
        "\(path): is neither the folder of a run nor of a sweep (it has no config.yaml); see `fedsim list`."
      )
    }
    let configuration: Configuration
    do {
      configuration = try ConfigurationLoader.load(path: "\(path)/config.yaml")
    } catch let error as ExperimentError where error.code != .missingInput {
      // The run wrote a valid one.
      throw ExperimentError(
        .badData,
        "\(path)/config.yaml: is not as the run wrote it (\(error.message.dropLast())); put the old text "
          + "back, or start a new run.")
    }
    let folder = RunFolder(
      path: path, configuration: configuration, lock: try FolderLock(path, content: "run"))
    // Nobody else works here now.
    Leftovers.clear(in: path)
    Leftovers.clear(in: "\(path)/checkpoint")
    return folder
  }

  /// The configuration of a run, which is as the run wrote it.
  package static func configuration(in files: RecordedFolder) throws -> Configuration {
    _ = try files.required(configName)
    return try ConfigurationLoader.load(path: "\(files.path)/\(configName)")
  }

  /// Throws unless config.yaml has the hash that the run has noted.
  ///
  /// - Parameter content: what the folder holds, for messages: a run, a lifecycle.
  package func requireHash(_ noted: String, content: String) throws {
    guard try noted != Self.hash(of: configuration) else { return }
    let file = "\(path)/\(Self.configName)"
    // A version with other keys reads another configuration from the same text.
    guard try noted == Self.writtenHash(in: path) else {
      throw ExperimentError(
        .badData,
        "\(file): was changed since this \(content) began, so it cannot be resumed; put the old text "
          + "back, or start a new one.")
    }
    throw ExperimentError(
      .badData,
      "\(file): was written by a version of fedsim that has other keys, so it cannot be resumed by this "
        + "one; resume it with that version, or start a new one.")
  }

  /// SHA-256 of config.yaml without the comment at its head: what a run notes when it begins.
  static func writtenHash(in folder: String) throws -> String {
    let text = String(decoding: try FileSystem.read("\(folder)/\(configName)"), as: UTF8.self)
    return hash(of: String(text.dropFirst(headComment(of: text).count)))
  }

  /// Whether a folder holds a lifecycle, whose runs lie below it.
  package static func isLifecycle(_ path: String) throws -> Bool {
    try FileKind.exists("\(path)/lifecycle.csv")
  }

  /// Throws for the folder of a lifecycle, which holds many models.
  static func requireSingleRun(_ path: String) throws {
    guard try isLifecycle(path) else { return }
    throw ExperimentError(
      .badData,
      "\(path): is a lifecycle, not a run; name one of its runs, such as \(path)/trainings/1, or a "
        + "version with --registry \(path)/registry where there is that option.")
  }

  private init(path: String, configuration: Configuration, lock: FolderLock) {
    self.path = path
    self.configuration = configuration
    self.lock = lock
  }

  /// What to know about a folder that could not be locked.
  package var warning: String? { lock.warning }

  /// Appends one line to log.txt.
  package func log(_ line: String) { appendToLog(of: path, line) }

  /// SHA-256 of the resolved configuration.
  package static func hash(of configuration: Configuration) throws -> String {
    hash(of: try ConfigurationTree.text(of: configuration))
  }

  static func hash(of text: String) -> String {
    Digest.of(Data(text.utf8))
  }

  private static func freshPath(for configuration: Configuration, hash: String) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    return "results/\(configuration.name)/\(formatter.string(from: Date()))-\(hash)"
  }
}
