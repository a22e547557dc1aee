import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract:
      "Import real logs, encrypt and expire them, describe populations, export synthetic ones.",
    discussion: """
      Example:

        fedsim data import log.csv --out phones.sqlite
        fedsim data describe phones.sqlite
      """,
    subcommands: [
      DataImport.self, DataKey.self, DataExpire.self, DataDescribe.self, DataGenerate.self,
    ])
}
