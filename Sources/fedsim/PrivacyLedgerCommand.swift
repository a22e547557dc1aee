import ArgumentParser
import Experiments
import Foundation
import Privacy

struct PrivacyLedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Show what all runs on the same people have spent.",
    discussion: """
      Example:

        fedsim run private.yaml --set privacy.ledger=people.ledger
        fedsim privacy ledger people.ledger

      A run writes on the ledger what it may spend at most before its first round, and what it has
      spent after its last; one that was killed stays at its worst case until it is resumed. Below
      the entries stand the totals: the sums of epsilon and delta, which hold whatever run was chosen
      after which; all releases through one accountant, which hold if the runs were fixed beforehand;
      and what is left of the ledger's budget (privacy.ledger_budget) by its own rule.
      """)

  @Argument(help: "The file that privacy.ledger names.", completion: .file())
  var file: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    var totals: LedgerTotals
    var entries: [PopulationLedger.Entry]
  }

  func run() throws {
    let ledger = try PopulationLedger.read(file)
    let totals = LedgerTotals(ledger)
    if output.json { return try printJSON(Answer(totals: totals, entries: ledger.entries)) }
    printResult("People: \(totals.people)")
    printResult("")
    func number(_ value: Double) -> String { String(format: "%.6g", value) }
    printResult(
      TextTable.render(
        [["run", "state", "epsilon", "delta", "adjacency", "began"]]
          + ledger.entries.map { entry in
            [
              entry.run, entry.state.rawValue, number(entry.part.epsilon), number(entry.part.delta),
              entry.part.adjacency.rawValue, entry.time.formatted(.iso8601),
            ]
          }))
    printResult("")
    printResult(
      "Together: epsilon \(number(totals.basic.epsilon)) at delta \(ShownBound.delta(totals.basic.delta)) "
        + "(\(totals.basic.adjacency.rawValue); sums, which hold whatever was chosen after what).")
    if let note = totals.deltaNote { printResult(note) }
    if let joint = totals.joint {
      printResult(
        "Through one accountant: epsilon \(number(joint.epsilon)) at delta \(ShownBound.delta(joint.delta)) "
          + "(\(joint.accountant.rawValue); holds if the runs were fixed beforehand).")
    }
    guard let budget = totals.budget, let spent = totals.spent, let left = totals.left else {
      return printResult("There is no budget.")
    }
    printResult(
      "Budget: epsilon \(number(budget.epsilon)) at delta \(ShownBound.delta(budget.delta)) "
        + "(\(budget.composition.rawValue) composition); spent \(number(spent)), left \(number(left))."
    )
  }
}
