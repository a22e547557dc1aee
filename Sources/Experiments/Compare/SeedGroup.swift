import RunResults

/// Runs that differ in their seed alone.
struct SeedGroup {
  var runs: [ComparedRun]

  var measured: MeasuredGroup { MeasuredGroup(runs.map(\.measured)) }

  func mean(_ value: (ComparedRun) -> Double) -> Double {
    runs.map(value).reduce(0, +) / Double(runs.count)
  }
}
