import ArgumentParser
import Experiments
import Foundation
import Lifecycle
import Report
import Storage

struct PrivacyReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write what a reviewer of a privacy claim asks for, about one finished run.",
    discussion: """
      Example:

        fedsim privacy report results/private/… --out disclosure.md

      A text (Markdown) with the setting and who is trusted with what, the unit and the neighbours,
      what the epsilon covers and what not, noise, clipping, sampling and accountant, the profile of
      epsilon and delta and a bound in Gaussian differential privacy, what an attacker can learn, what
      several devices of one person or the choice of these settings cost, the audit if there was one,
      and versions and hashes. It asks what NIST SP 800-226 and "How to DP-fy ML" ask.

      DIR is the folder of a run, of a point of a sweep or of a lifecycle. All numbers come from files
      that are checked first.
      """)

  @Argument(
    help: "The folder of a run, of a point of a sweep or of a lifecycle.", completion: .directory)
  var folder: String

  @Option(help: "The file to write (default: standard output).", completion: .file())
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    var folder = folder
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    let disclosure: Disclosure
    if try RunFolder.isLifecycle(folder) {
      disclosure = try LifecycleRun.disclosure(of: folder)
    } else {
      disclosure = try Disclosure.ofRun(folder)
    }
    if let out {
      guard try FileKind.of(out, followingLinks: false) == nil else {
        throw ExperimentError(
          .invalidConfiguration,
          "\(out): exists already, and nothing is ever overwritten; choose another --out.")
      }
      ReplacedFile.clearLeftovers(in: AtomicFile.folder(of: out))
      try ReplacedFile.write(Data(disclosure.markdown().utf8), to: out)
    }
    if let note = disclosure.note { printMessage("fedsim: \(note)") }
    if output.json { return try printJSON(disclosure) }
    printResult(out ?? disclosure.markdown(), terminator: out == nil ? "" : "\n")
  }
}
