extension Manifest {
  /// Why the run in this folder has no model that anybody could use, and what to do about it.
  func reasonForNoModel(in folder: String) -> ExperimentError {
    switch exitReason {
    case .failed:
      // It says what to change; where the run can go on it says that as well.
      let reason = exitMessage.map { ": \($0)" } ?? "; manifest.json and log.txt say why."
      return ExperimentError(
        .badData, "\(folder): has no model to use, because the run has failed\(reason)")
    case .finished:
      return ExperimentError(
        .missingInput,
        "\(folder): its model.safetensors is missing, though the run is finished; put it back from a "
          + "copy, or make it again with `fedsim resume \(folder)`.")
    case .running, .interrupted:
      return ExperimentError(
        .missingInput,
        "\(folder): has no model yet, because the run is not finished; continue it with `fedsim resume "
          + "\(folder)`.")
    }
  }
}
