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
      workers: workers, start: Date())
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
