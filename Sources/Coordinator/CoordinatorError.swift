import Wire

/// Why a run cannot go on.
package enum CoordinatorError: Error, CustomStringConvertible {
  /// Replacements keep dying; the run can be resumed from its last checkpoint.
  case workersKeepDying(String)
  /// A worker found the input itself at fault.
  case badInput(exitCode: Int32, reason: String)
  case cannotStart(String)
  /// `workers.launcher: slurm` where there is no Slurm allocation.
  case noAllocation
  /// A worker that may give other bits than the rest, or cannot do what is asked.
  case unsuitable(String)
  /// Whoever started the run did not want to wait any longer.
  case interrupted

  package var description: String {
    switch self {
    case .workersKeepDying(let reason), .unsuitable(let reason): reason
    case .badInput(_, let reason): reason
    case .noAllocation:
      "workers.launcher: slurm starts workers in a Slurm allocation, and this is none (SLURM_JOB_ID is not "
        + "set): call fedsim in a batch script or after salloc, or with --launcher local."
    case .interrupted: "The run was interrupted in the middle of its work."
    case .cannotStart(let reason): "A worker process could not be started: \(reason)."
    }
  }
}
