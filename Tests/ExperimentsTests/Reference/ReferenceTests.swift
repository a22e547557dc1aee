import Experiments
import Federation
import Foundation
import Testing

/// What the program says of its keys, columns and words is whole.
struct ReferenceTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL

  private static func page(_ name: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent("docs/\(name)"), encoding: .utf8)
  }

  @Test func everyWordThatAKeyTakesHasAMeaning() {
    var paths = Set<String>()
    for key in Configuration.keys {
      guard case .choice(let words) = key.kind else { continue }
      paths.insert(key.path)
      let known = ConfigurationKey.choiceMeanings[key.path] ?? []
      #expect(known.map(\.word) == words, "\(key.path)")
      #expect(known.allSatisfy { $0.meaning.hasSuffix(".") }, "\(key.path)")
    }
    #expect(paths.count > 15)
  }

  /// In the same order, so that a column that is added is described where it stands.
  @Test func everyColumnThatRunsWriteIsDescribed() {
    for (file, columns) in ColumnReference.written {
      #expect(ColumnReference.tables.first { $0.file == file }?.names == columns, "\(file)")
    }
    #expect(ColumnReference.written.count == 9)
  }

  @Test func everyPredictorIsDescribed() {
    let described = Glossary.all.filter { $0.kind == .predictor }.map(\.name)
    #expect(Set(described) == Set(Predictor.allCases.map(\.name)))
    let words = Set(Glossary.all.map { "\($0.kind) \($0.file ?? "") \($0.name)" })
    #expect(words.count == Glossary.all.count, "a word is described twice")
  }

  @Test func thePagesFollowFromTheProgram() throws {
    let advice: Comment = "run scripts/check-docs.py --update"
    #expect(try Self.page("experiment.schema.json") == ExperimentSchema.text(), advice)
    #expect(try Self.page("run-folder.md").contains(ColumnReference.markdown()), advice)
    let keys = try Self.page("experiment-file.md")
    for key in Configuration.keys { #expect(keys.contains("`\(key.name)`"), "\(key.path)") }
  }

  /// By hand, from the rules of JSON Schema: what one key may hold.
  @Test func theSchemaSaysWhatAKeyMayHold() throws {
    let text = Data(ExperimentSchema.text().utf8)
    let schema = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
    let keys = try #require(schema["$defs"] as? [String: [String: Any]])
    #expect(Set(keys.keys) == Set(Configuration.keys.map(\.path)))
    #expect(keys["training.rounds"]?["minimum"] as? Int == 1)
    #expect(keys["training.rounds"]?["type"] as? String == "integer")
    #expect(keys["training.rounds"]?["default"] as? Int == 100)
    #expect(keys["population.new_client_share"]?["exclusiveMaximum"] as? Int == 1)
    #expect(keys["privacy.delta"]?["type"] as? [String] == ["number", "string", "null"])
    let tasks = try #require(keys["task"]?["oneOf"] as? [[String: Any]])
    #expect(tasks.compactMap { $0["const"] as? String } == ["first_app", "next_app"])
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    #expect(properties["training"]?["additionalProperties"] as? Bool == false)
    let algorithms = try #require(properties["algorithm"]?["oneOf"] as? [[String: Any]])
    let proximal = try #require(algorithms.first { $0["title"] as? String == "fedprox" })
    let own = try #require(proximal["properties"] as? [String: Any])
    #expect(Set(own.keys) == ["name", "mu", "partial_work"])
    #expect(proximal["required"] as? [String] == ["name"])
  }

  @Test(arguments: [
    ("update_norm", "column of rounds.csv"), ("federated", "predictor"), ("130", "exit code"),
    ("accuracy-rounds", "figure"), ("abandoned", "status"), ("new_clients", "split"),
    ("manifest.json", "file"), ("sim_ceiling", "column of lifecycle.csv"),
  ])
  func aWordIsExplained(word: String, kind: String) throws {
    let found = try Explanation(of: word)
    #expect(found.terms.contains { $0.paragraph.hasPrefix("\(word): \(kind)") }, "\(found.terms)")
  }

  /// The last part of a key, and a word that a key takes, lead to the key.
  @Test func partsOfKeysAreFound() throws {
    #expect(try Explanation(of: "rounds").allKeys.map(\.path) == ["training.rounds"])
    #expect(
      try Explanation(of: "learning_rate").allKeys.map(\.path).contains(
        "training.local.learning_rate"))
    #expect(try Explanation(of: "poisson").allKeys.map(\.path) == ["training.sampling"])
    #expect(try Explanation(of: "training").keys.count > 20)
  }

  @Test(arguments: [
    ("updat_norm", "update_norm"), ("bayes_optimum", "bayes_optimal"),
    ("acuracy-epsilon", "accuracy-epsilon"), ("trainig.rounds", "training.rounds"),
    ("posson", "poisson"),
  ])
  func theNearestNameIsSuggested(word: String, nearest: String) {
    let error = #expect(throws: ExperimentError.self) { try Explanation(of: word) }
    #expect(error?.code == .usage)
    #expect(error.map { "\($0)".contains("'\(nearest)'") } == true, "\(String(describing: error))")
  }
}
