import ArgumentParser
import Experiments
import Federation

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Explain a key of an experiment file, a column, a predictor, a figure or an exit code.",
    discussion: """
      Examples:

        fedsim explain training.rounds
        fedsim explain privacy
        fedsim explain krum
        fedsim explain update_norm
        fedsim explain "exit codes"
        fedsim explain initial evaluation

      A group such as training lists its keys. The name of an algorithm, an aggregator, an attack or a method of \
      personalisation lists the keys that go with it. `exit codes`, predictors, splits, statuses, figures, files and \
      columns list all of them. A metric of sweep.csv such as future_federated_accuracy_top1 is explained by its \
      parts. Other words search for what has them in its name or meaning. Without a name all keys are listed. The ranges are those \
      that every command checks.
      """)

  @Argument(
    help: ArgumentHelp(
      "A key, a group, a variant such as krum, a column, a predictor, a figure or an exit code; or words "
        + "to search for.", valueName: "name"),
    completion: .custom(Completion.keys))
  var words: [String] = []

  /// What was typed, in quotes or not, as one text; nil for nothing.
  private var name: String? { words.isEmpty ? nil : words.joined(separator: " ") }

  @Flag(help: "Print all keys as docs/experiment-file.md.")
  var markdown = false

  @Flag(help: "Print the JSON Schema of experiment files, docs/experiment.schema.json.")
  var schema = false

  @Flag(help: "Print the tables of all CSV columns in docs/run-folder.md.")
  var columns = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    let whole = [markdown, schema, columns].count { $0 }
    guard whole == 0 || whole == 1 && name == nil && !output.json else {
      throw ValidationError(
        "--markdown, --schema and --columns print everything; give one of them, without a name and --json."
      )
    }
  }

  func run() throws {
    if markdown { return printResult(KeyReference.markdown(), terminator: "") }
    if schema { return printResult(ExperimentSchema.text(), terminator: "") }
    if columns { return printResult(ColumnReference.markdown(), terminator: "") }
    let parts = (name ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    let found =
      parts.count > 1
      ? try (try? Explanation(of: name ?? "")) ?? Explanation(searching: parts)
      : try Explanation(of: name ?? "")
    if output.json {
      return try printJSON(
        Answer(
          keys: found.allKeys.map(KeyDescription.init),
          terms: found.terms.isEmpty ? nil : found.terms))
    }
    if name == nil || found.group != nil {
      printList(found)
    } else {
      var isFirst = true
      func separate() {
        if !isFirst { printResult("") }
        isFirst = false
      }
      for variant in found.variants {
        separate()
        printParagraph(variant.text)
      }
      for key in found.keys + found.related {
        separate()
        printKey(key)
      }
    }
    guard !found.terms.isEmpty else { return }
    if let kind = found.kind { return printAll(found.terms, of: kind) }
    if !found.allKeys.isEmpty || !found.variants.isEmpty { printResult("") }
    for (index, term) in found.terms.enumerated() {
      printParagraph((index > 0 ? "\n" : "") + term.paragraph)
    }
  }

  /// All that is known about one key; what goes on stands below the text and not below the label.
  private func printKey(_ key: ConfigurationKey) {
    let lines = KeyReference.paragraph(on: key).split(separator: "\n")
    let labels = ["  type:    ", "  range:   ", "  unit:    ", "  default: "]
    let width = key.choices.map(\.word.count).max() ?? 0
    for (index, line) in lines.enumerated() {
      let isLabelled = labels.contains { line.hasPrefix($0) }
      printParagraph(String(line), hang: index < 2 ? 0 : isLabelled ? 9 : width + 2)
    }
  }

  /// All terms of a kind, one a line.
  private func printAll(_ terms: [GlossaryTerm], of kind: GlossaryTerm.Kind) {
    let names = terms.map { term in term.file.map { "\($0) \(term.name)" } ?? term.name }
    let width = names.map(\.count).max() ?? 0
    printResult("\(kind.plural):")
    for (name, term) in zip(names, terms) {
      let gap = String(repeating: " ", count: width - name.count + 2)
      printParagraph("  \(name)\(gap)\(term.meaning)", hang: width + 2)
    }
  }

  /// The keys of a group, or all, with what they mean.
  private func printList(_ found: Explanation) {
    if let group = found.group {
      printParagraph("\(group): \(KeyReference.groupMeaning(group) ?? "")\n")
    }
    for key in found.keys {
      let description = KeyDescription(key)
      printParagraph("\(key.path)  (default: \(description.standard))\n  \(description.meaning)")
    }
    printResult("\n`fedsim explain KEY` says which values a key takes.")
  }

  private struct Answer: Encodable {
    var keys: [KeyDescription]
    /// Left out where nothing but keys has the name.
    var terms: [GlossaryTerm]?
  }
}
