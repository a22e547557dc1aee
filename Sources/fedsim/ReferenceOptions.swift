import ArgumentParser

/// With what groups of runs are compared.
struct ReferenceOptions: ParsableArguments {
  @Option(
    name: .customLong("reference"), parsing: .unconditional,
    help: ArgumentHelp(
      "The group that differences are to: its name, its variant or a run folder (default: that of the "
        + "first run).", valueName: "group"))
  var group: String?
}
