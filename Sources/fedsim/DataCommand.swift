import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Import real logs, describe populations, export synthetic ones.",
    subcommands: [DataImport.self, DataDescribe.self, DataGenerate.self])
}
