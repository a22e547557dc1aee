import RunResults

/// How much more accurate what clients of one group of runs predict with is than in another.
///
/// The rule is that of `fedsim compare`: paired by seed where two or more are common, by client where
/// one is, and unpaired otherwise.
struct GroupDifference {
  private let group: MeasuredGroup
  private let reference: MeasuredGroup
  private let metric: MetricName
  private let other: MetricName

  init(_ group: RunGroup, minus reference: RunGroup, split: String) throws {
    self.group = try group.measured()
    self.reference = try reference.measured()
    metric = try self.group.mainMetric(split)
    other = try self.reference.mainMetric(split)
  }

  /// In the last evaluation; nil where the two cannot be compared.
  func final() throws -> Estimate? {
    try group.difference(metric, minus: reference, itsMetric: other)
  }

  /// After each round that every run of both evaluated.
  func course() throws -> [(round: Double, difference: Estimate)] {
    try group.differences(metric, minus: reference, itsMetric: other)
      .map { (Double($0.round), $0.estimate) }
  }
}

extension MeasuredGroup {
  /// The top-1 accuracy of what clients predict with.
  func mainMetric(_ split: String) throws -> MetricName {
    MetricName(
      split: split, predictor: try mainPredictor(split) ?? PredictorRole.federated,
      column: "accuracy_top1")
  }
}
