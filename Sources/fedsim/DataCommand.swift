import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract:
      "Import real logs, seal and expire them, describe populations, export synthetic ones.",
    subcommands: [
      DataImport.self, DataKey.self, DataExpire.self, DataDescribe.self, DataGenerate.self,
    ])
}
