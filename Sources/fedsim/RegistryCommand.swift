import ArgumentParser
import Experiments
import Foundation
import ModelRegistry
import Privacy

struct RegistryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registry",
    abstract: "Keep versions of a model: candidate, canary, production, retired.",
    discussion: """
      Example:

        fedsim registry add results/quickstart/…
        fedsim registry promote 1 --to production
        fedsim registry rollback
        fedsim predict production --registry registry --client 3

      A registry is one folder with registry.sqlite and a copy of each model. Every change is one
      transaction, so several processes can use it at the same time. Files are checked against their
      hash whenever they are loaded.
      """,
    subcommands: [
      RegistryAdd.self, RegistryList.self, RegistryShow.self, RegistryPromote.self,
      RegistryRollback.self,
    ])
}

/// Where the registry is.
struct RegistryOptions: ParsableArguments {
  @Option(help: "The folder of the registry.", completion: .directory)
  var registry = "registry"

  /// The registry; says what to know about one of an older version.
  func open(create: Bool = false) throws -> Registry {
    let opened = try Registry(registry, create: create)
    if let note = opened.note { printMessage("fedsim: \(note)") }
    return opened
  }
}

struct RegistryAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Register the model of a finished run as a candidate.",
    discussion: """
      Example:

        fedsim registry add results/quickstart/…
      """)

  @Argument(help: "The run folder.", completion: .directory)
  var folder: String

  @Option(
    parsing: .unconditional,
    help: "The version it was trained from; without it the one in production.")
  var parent: Int?

  @OptionGroup var place: RegistryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let details = try RunDetails(of: folder)
    if let note = details.note { printMessage("fedsim: \(note)") }
    let path = URL(fileURLWithPath: folder).standardizedFileURL.path
    let version = try place.open(create: true).add(
      ModelDetails(
        name: details.name, run: path, configHash: details.configHash,
        dataVersion: details.dataVersion, metrics: details.metrics, epsilon: details.epsilon,
        delta: details.delta), parent: parent)
    try tell(version, output, "version \(version.version) is a candidate")
  }
}

struct RegistryList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List all versions.",
    discussion: """
      Example:

        fedsim registry list --json
      """)

  @OptionGroup var place: RegistryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let versions = try place.open().versions()
    if output.json { return try printJSON(["versions": versions]) }
    printResult(
      TextTable.render(
        [["version", "stage", "parent", "top-1", "epsilon", "run"]]
          + versions.map { version in
            [
              "\(version.version)", version.stage.rawValue,
              version.parent.map(String.init) ?? "–",
              version.details.metrics["future_accuracy_top1"]
                .map { String(format: "%.1f %%", 100 * $0) } ?? "–",
              version.details.epsilon.map { String(format: "%.3g", $0) } ?? "–",
              version.details.run,
            ]
          }))
  }
}

struct RegistryShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one version, where it comes from and its changes of stage.",
    discussion: """
      Example:

        fedsim registry show production
      """)

  @Argument(help: "The number of a version, production or canary.")
  var version: String

  @OptionGroup var place: RegistryOptions
  @OptionGroup var output: OutputOptions

  private struct Report: Encodable {
    var version: ModelVersion
    var changes: [StageChange]
    var folder: String
  }

  func run() throws {
    let registry = try place.open()
    let found = try registry.version(named: version)
    let folder = try registry.verifiedFolder(of: found)
    let changes = try registry.changes(of: found.version)
    if output.json {
      return try printJSON(Report(version: found, changes: changes, folder: folder))
    }
    let details = found.details
    var lines = [
      "version \(found.version): \(found.stage.rawValue)",
      "parent: \(found.parent.map(String.init) ?? "none")", "run: \(details.run)",
      "configuration: \(details.configHash)", "data: \(details.dataVersion)",
      "privacy: "
        + (details.epsilon.map {
          "epsilon \(ShownBound.epsilon($0)) at delta \(ShownBound.delta(details.delta))"
        } ?? "nothing claimed"),
      "files: \(folder), as registered",
    ]
    lines += details.metrics.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    lines += changes.map { change in
      let time = Date(timeIntervalSince1970: Double(change.time)).formatted(.iso8601)
      return "\(time)  \(change.from.map { "\($0.rawValue) → " } ?? "")\(change.to.rawValue): "
        + change.reason
    }
    printParagraph(lines.joined(separator: "\n"), hang: 2)
  }
}

struct RegistryPromote: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote",
    abstract: "Promote a version by one stage: candidate, canary, production.",
    discussion: """
      Example:

        fedsim registry promote 2 --to production

      The version that was in production is retired; `fedsim registry rollback` puts it back.
      """)

  @Argument(help: "The number of the version.")
  var version: Int

  @Option(parsing: .unconditional, help: "The stage; without it the next one.")
  var to: PromotionTarget?

  @Option(parsing: .unconditional, help: "Why, for the record.")
  var reason = "promoted"

  @OptionGroup var place: RegistryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let promoted = try place.open().promote(version, to: to?.stage, reason: reason)
    try tell(promoted, output, "version \(version) is \(described(promoted.stage))")
  }
}

struct RegistryRollback: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Put the previous version back into production, or end the canary.",
    discussion: """
      Examples:

        fedsim registry rollback
        fedsim registry rollback --canary --reason "worse on new clients"
      """)

  @Flag(help: "Retire the canary; production stays.")
  var canary = false

  @Option(parsing: .unconditional, help: "Why, for the record.")
  var reason = "rolled back"

  @OptionGroup var place: RegistryOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let registry = try place.open()
    let version =
      canary
      ? try registry.rollBackCanary(reason: reason)
      : try registry.rollBackProduction(reason: reason)
    try tell(version, output, "version \(version.version) is \(described(version.stage))")
  }
}

/// The stages that a version is promoted to.
enum PromotionTarget: String, CaseIterable, ExpressibleByArgument {
  case canary, production

  var stage: Stage { self == .canary ? .canary : .production }
}

private func described(_ stage: Stage) -> String {
  switch stage {
  case .candidate: "a candidate"
  case .canary: "the canary"
  case .production: "in production"
  case .retired: "retired"
  }
}

private func tell(_ version: ModelVersion, _ output: OutputOptions, _ text: String) throws {
  if output.json { try printJSON(version) } else { printResult(text) }
}
