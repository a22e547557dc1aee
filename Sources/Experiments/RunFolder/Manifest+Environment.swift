import Federation
import Foundation
import LinearAlgebra

extension Manifest {
  package init(_ configuration: Configuration, configHash: String, workers: Int) throws {
    self.init(
      configuration, configHash: configHash, facts: try PopulationFacts(configuration),
      workers: workers)
  }

  init(
    _ configuration: Configuration, configHash: String, facts: PopulationFacts, workers: Int
  ) {
    self.init(
      name: configuration.name, seed: configuration.seed,
      configHash: configHash, contentHash: facts.contentHash,
      sourceRevision: checkedOutRevision(), blasLibrary: BLAS.configuration,
      blasKernel: BLAS.kernel,
      workers: workers, machine: .current, start: Date())
    let placement = configuration.workers.placement
    self.placement = placement == WorkerPlacement() ? nil : placement
  }
}

/// The machine a run was made on, for people who read its times.
package struct Machine: Codable, Equatable, Sendable {
  /// As the processor calls itself.
  package var processor: String
  package var cores: Int
  package var memoryBytes: UInt64
  /// The operating system with its version.
  package var system: String

  package static let current = Machine(
    processor: field("model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown",
    cores: ProcessInfo.processInfo.activeProcessorCount,
    memoryBytes: ProcessInfo.processInfo.physicalMemory,
    system: field("PRETTY_NAME", in: "/etc/os-release", separator: "=")
      ?? ProcessInfo.processInfo.operatingSystemVersionString)

  /// The value of the first line that begins with this name.
  private static func field(
    _ name: String, in file: String, separator: Character
  ) -> String? {
    let text = FileManager.default.contents(atPath: file).map {
      String(decoding: $0, as: UTF8.self)
    }
    for line in (text ?? "").split(separator: "\n") where line.hasPrefix(name) {
      guard let mark = line.firstIndex(of: separator) else { continue }
      return line[line.index(after: mark)...]
        .trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\"'")))
    }
    return nil
  }
}

/// The commit this program was built from, when it still lies in its checkout.
private func checkedOutRevision() -> String? {
  var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  while folder.path != "/" {
    folder.deleteLastPathComponent()
    let git = folder.appendingPathComponent(".git")
    guard let head = try? String(contentsOf: git.appendingPathComponent("HEAD"), encoding: .utf8)
    else { continue }
    let name = head.trimmingCharacters(in: .whitespacesAndNewlines)
    guard name.hasPrefix("ref: ") else { return name }
    let reference = git.appendingPathComponent(String(name.dropFirst(5)))
    let commit = try? String(contentsOf: reference, encoding: .utf8)
    return commit?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
  return nil
}
