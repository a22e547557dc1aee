import ArgumentParser
import Experiments
import Federation

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what a key of an experiment file means, and what it may hold.",
    discussion: """
      Example:

        fedsim explain training.rounds
        fedsim explain privacy
        fedsim explain krum

      A name such as krum, of an algorithm, an aggregator, an attack or a method of personal models, lists the \
      keys that go with it. Without a key all are listed. The ranges are those that every verb checks.
      """)

  @Argument(
    help: "A key such as training.rounds, a group such as training, or a name such as krum.")
  var key: String?

  @Flag(help: "Print all keys as the tables of docs/experiment-file.md.")
  var markdown = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard markdown, key != nil || output.json else { return }
    throw ValidationError("--markdown prints all keys; leave out the key and --json.")
  }

  func run() throws {
    if markdown { return printResult(KeyReference.markdown(), terminator: "") }
    let variants = KeyReference.variants(named: key ?? "")
    let found =
      variants.isEmpty ? try KeyReference.keys(of: key ?? "") : variants.flatMap(\.keys)
    if output.json { return try printJSON(Answer(keys: found.map(KeyDescription.init))) }
    if let key, let only = Configuration.key(key) {
      return printResult(KeyReference.paragraph(on: only))
    }
    guard variants.isEmpty else {
      return printResult(variants.map(\.text).joined(separator: "\n\n"))
    }
    if let meaning = KeyReference.groupMeaning(key ?? "") {
      printResult("\(key ?? ""): \(meaning)\n")
    }
    printResult(
      TextTable.render(
        [["key", "type", "range", "default"]]
          + found.map { key in
            let description = KeyDescription(key)
            return [key.path, description.type, description.range, description.standard]
          }))
    printResult("\nfedsim explain KEY says what one of them means.")
  }

  private struct Answer: Encodable {
    var keys: [KeyDescription]
  }
}
