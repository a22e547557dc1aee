import Report
import Testing

/// Words for people in place of the names that files have.
struct WordsTests {
  @Test(arguments: [
    ("training.cohort_size", "10", "Clients per round", "Clients per round = 10"),
    ("privacy.target_epsilon", "8.0", "Target ε", "ε = 8"),
    ("privacy.target_epsilon", ".inf", "Target ε", "no noise"),
    ("privacy.mechanism", "none", "Mechanism", "no noise"),
    (
      "secure_aggregation.protocol", "secagg_plus", "Secure aggregation",
      "Secure aggregation = SecAgg+"
    ),
    ("training.window_days", "null", "Training window (days)", "Training window = not set"),
    ("training.window_days", "14", "Training window (days)", "Training window = 14 days"),
    ("evaluation.local_only", "true", "Local only", "Local only = on"),
    // Keys that no table names: their last word, and the unit at its end.
    ("workers.deadline_seconds", "2.0", "Deadline (s)", "Deadline = 2 s"),
    ("some.thing_new", "a_b", "Thing new", "Thing new = a_b"),
    ("attack.kind", "sign_flip", "Attack", "Attack = sign flip"),
  ])
  func keysAndValues(key: String, value: String, title: String, setting: String) {
    #expect(KeyLabel.title(of: key) == title)
    #expect(KeyLabel.setting(key, value) == setting)
  }

  @Test func numbersAreWrittenAsPeopleDo() {
    let pairs = [
      (".inf", "inf"), ("8.0", "8"), ("0.50", "0.50"), ("-.inf", "-inf"), ("~", "null"),
      ("v1.0", "v1.0"), ("1e-06", "1e-06"),
    ]
    for (written, plain) in pairs { #expect(KeyLabel.plain(written) == plain) }
    #expect(KeyLabel.number("8.0") == 8 && KeyLabel.number("inf") == nil)
    #expect(KeyLabel.number("lstm") == nil)
  }

  @Test func predictorsAndColumns() {
    #expect(ResultWords.predictor("bayes_optimal") == "Bayes optimum")
    #expect(ResultWords.predictor("local_only") == "Local only")
    #expect(ResultWords.predictor("mine") == "mine")
    #expect(ResultWords.column("accuracy_top1") == "Top-1 accuracy (%)")
    #expect(
      ResultWords.column("accuracy_at_coverage_20") == "Selective accuracy at 20 % coverage (%)")
    #expect(ResultWords.byteUnit(upTo: 64_000).name == "kB")
    #expect(ResultWords.byteUnit(upTo: 512_000_000).size == 1e6)
    #expect(ResultWords.byteUnit(upTo: 12).name == "bytes")
  }
}
