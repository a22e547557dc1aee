import ArgumentParser
import UsageLog

struct DataKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make a secret key of 32 random bytes in a file that only you may read.",
    discussion: """
      Example:

        fedsim data key phones.key
        fedsim data import log.csv --seal-key-file phones.key --out phones.sqlite

      Keep it apart from the log: whoever has both can read it, and without the key nobody can.
      """)

  @Argument(help: "The file to write; one that exists is left alone.", completion: .file())
  var file: String

  func run() throws {
    try KeyFile.create(file)
    printResult("key written to \(file)")
  }
}
