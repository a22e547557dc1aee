import Foundation
import Tables

/// Where a log is read from.
package enum ImportSource: Sendable, Equatable {
  case file(String)
  case standardInput

  /// A path as typed on a command line; `-` is standard input.
  package init(argument: String) {
    self = argument == "-" ? .standardInput : .file(argument)
  }

  /// How messages name it.
  package var name: String {
    switch self {
    case .file(let path): path
    case .standardInput: "standard input"
    }
  }

  private static let extensions = [
    "csv", "tsv", "tab", "psv", "txt", "json", "jsonl", "ndjson",
  ]

  /// What the arguments of a command line name: a folder stands for the logs in it and below it.
  ///
  /// - Returns: the sources in the order of the arguments, those of a folder by name, and the files of
  ///   folders that were passed over.
  package static func find(
    _ arguments: [String]
  ) throws(UsageLogError) -> (sources: [ImportSource], others: [String]) {
    var sources: [ImportSource] = []
    var others: [String] = []
    for argument in arguments {
      var isFolder: ObjCBool = false
      guard argument != "-",
        FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder),
        isFolder.boolValue
      else {
        sources.append(ImportSource(argument: argument))
        continue
      }
      let files = files(below: argument)
      let logs = files.filter(hasLogName)
      guard !logs.isEmpty else {
        throw UsageLogError(
          .badInput,
          "\(argument) is a folder without a file that ends in \(extensions.map { ".\($0)" }.joined(separator: ", ")) "
            + "(or these with .gz); name the files that hold the log")
      }
      sources += logs.map { .file($0) }
      others += files.filter { !hasLogName($0) }
    }
    for (index, source) in sources.enumerated() where sources[..<index].contains(source) {
      throw UsageLogError(
        .usage, "\(source.name) is named twice, which would count its rows twice; name it once")
    }
    return (sources, others)
  }

  private static func files(below folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var files: [String] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      files += isFolder.boolValue ? Self.files(below: path) : [path]
    }
    return files
  }

  private static func hasLogName(_ path: String) -> Bool {
    var parts = path.lowercased().split(separator: "/").last?.split(separator: ".") ?? []
    if parts.last == "gz" { parts.removeLast() }
    return parts.count > 1 && parts.last.map { extensions.contains(String($0)) } ?? false
  }

  /// The name of the file without its folder and endings, or the name of its folder.
  func clientName(_ source: ClientSource) throws(UsageLogError) -> String? {
    let isFolder: Bool
    switch source {
    case .column: return nil
    case .name(let name): return name
    case .fileName: isFolder = false
    case .folderName: isFolder = true
    }
    guard case .file(let path) = self else {
      throw UsageLogError(
        .usage,
        "standard input has no name to take a client from; name the client with --client NAME")
    }
    let url = URL(fileURLWithPath: path).standardizedFileURL
    var name =
      isFolder ? url.deletingLastPathComponent().lastPathComponent : url.lastPathComponent
    if !isFolder {
      if name.lowercased().hasSuffix(".gz") { name.removeLast(3) }
      if let dot = name.lastIndex(of: "."),
        Self.extensions.contains(name[name.index(after: dot)...].lowercased())
      {
        name.removeSubrange(dot...)
      }
    }
    guard !name.isEmpty, name != "/" else {
      throw UsageLogError(
        .usage, "\(path) gives no name for a client; name the client with --client NAME")
    }
    return name
  }
}

/// What says whose the rows of a file are.
package enum ClientSource: Sendable, Equatable {
  case column
  /// All rows of all files are one client's.
  case name(String)
  /// Each file is one client's, called as the file is without its ending.
  case fileName
  /// Each folder is one client's.
  case folderName

  /// Throws where two files in different folders would be one client only because they are called alike.
  func check(_ sources: [ImportSource]) throws(UsageLogError) {
    guard self == .fileName else { return }
    var files: [String: String] = [:]
    for source in sources {
      guard let client = try source.clientName(self) else { continue }
      if let other = files.updateValue(source.name, forKey: client) {
        throw UsageLogError(
          .usage,
          "\(other) and \(source.name) both give the client '\(PrintableText.line(client))'; take the "
            + "names of their folders with --client-from folder, or rename one of the files")
      }
    }
  }
}
