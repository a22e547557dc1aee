import ArgumentParser
import Experiments
import Foundation
import Lifecycle
import Report
import Storage

struct PrivacyReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write what a reviewer of a privacy claim asks for, about a finished run or sweep.",
    discussion: """
      Example:

        fedsim privacy report results/private/… --out disclosure.md

      A text (Markdown) with the claim and what it means for one person, who is trusted with what,
      the unit and the neighbours, what epsilon covers and what not, noise, clipping, sampling and
      accountant, the whole privacy profile, what several phones of one person or the choice of these
      settings cost, the audit if there was one, assumptions, versions and hashes. It answers what NIST
      SP 800-226 and "How to DP-fy ML" (Section 5.3.3, with a checklist) ask.

      DIR is the folder of a run, a sweep or a lifecycle. Of a sweep every point has its own claim in one
      text, with what choosing among them costs. All numbers come from files that are checked first.
      The text rounds ε up; --json has all digits. docs/choosing-epsilon.md says how to choose one.
      """)

  @Argument(help: "The folder of a run, a sweep or a lifecycle.", completion: .directory)
  var folder: String

  @Option(help: "The file to write (default: standard output).", completion: .file())
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    var folder = folder
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    if try SweepFolder.isSweep(folder) {
      let disclosure = try SweepDisclosure(of: folder)
      return try show(disclosure, disclosure.markdown())
    }
    let disclosure =
      try RunFolder.isLifecycle(folder)
      ? LifecycleRun.disclosure(of: folder) : Disclosure.ofRun(folder)
    if let note = disclosure.note { printMessage("fedsim: \(note)") }
    try show(disclosure, disclosure.markdown())
  }

  private func show(_ disclosure: some Encodable, _ text: String) throws {
    if let out {
      guard try FileKind.of(out, followingLinks: false) == nil else {
        throw ExperimentError(
          .inputOutput,
          "\(out): exists already, and this command replaces nothing; choose another --out.")
      }
      ReplacedFile.clearLeftovers(in: AtomicFile.folder(of: out))
      try ReplacedFile.write(Data(text.utf8), to: out)
    }
    if output.json { return try printJSON(disclosure) }
    printResult(out ?? text, terminator: out == nil ? "" : "\n")
  }
}
