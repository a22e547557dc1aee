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

      Before its first round a run enters the most that it may spend. After its last round it enters
      what it has spent. For a run that was killed, the ledger keeps the maximum until the run is
      resumed. The totals follow the entries. The sums of epsilon and delta are valid even if a run was
      chosen by the results of earlier ones. The result of one accountant over all releases is valid
      only if all runs were fixed beforehand. The last line says what is left of the ledger's budget
      (privacy.ledger_budget), by the budget's own rule of composition.
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
    printParagraph(
      "Together: epsilon \(number(totals.basic.epsilon)) at delta \(ShownBound.delta(totals.basic.delta)) "
        + "(\(totals.basic.adjacency.rawValue); sums, valid even if a run was chosen by earlier results)."
    )
    if let note = totals.deltaNote { printParagraph(note) }
    if let joint = totals.joint {
      printParagraph(
        "Through one accountant: epsilon \(number(joint.epsilon)) at delta \(ShownBound.delta(joint.delta)) "
          + "(\(joint.accountant.rawValue); valid only if the runs were fixed beforehand).")
    }
    guard let budget = totals.budget, let spent = totals.spent, let left = totals.left else {
      return printResult("There is no budget.")
    }
    printParagraph(
      "Budget: epsilon \(number(budget.epsilon)) at delta \(ShownBound.delta(budget.delta)) "
        + "(\(budget.composition.rawValue) composition); spent \(number(spent)), left \(number(left))."
    )
  }
}
