import ClientPrograms
import Federation

extension ClientProgram {
  /// What a client of the program reports, as the rest of the round takes it.
  func trained(
    _ client: Int, _ configuration: Configuration
  ) throws -> TrainedElsewhere {
    let report = try report(of: client)
    let most = configuration.training.maxExamples
    guard configuration.training.weighting == .uniform || report.examples <= most else {
      throw ProgramError.failed(
        "Client \(client) of the client program trained on \(report.examples) examples, and "
          + "training.max_examples is \(most), which weights are limited to; raise that, or train on "
          + "fewer.")
    }
    return TrainedElsewhere(values: report.values, examples: report.examples, loss: report.loss)
  }
}
