import ArgumentParser

/// How much accuracy a setting may cost.
struct MarginOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "The loss of top-1 accuracy that counts as small, in percentage points.")
  var margin = 1.0

  func validate() throws {
    guard margin > 0, margin < 100 else {
      throw ValidationError("--margin must be above 0 and below 100 points, such as 0.5.")
    }
  }

  var share: Double { margin / 100 }
}
