import Federation
import Foundation
import Glibc

/// The machines of a Slurm allocation, as its batch script sees them.
package struct SlurmAllocation: Equatable, Sendable {
  package let machines: Int
  /// Of the machine that has the fewest: a relay on any of them has so many workers.
  package let cores: Int

  /// Nil outside an allocation.
  package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    guard environment["SLURM_JOB_ID"]?.isEmpty == false else { return nil }
    let counts = environment["SLURM_JOB_CPUS_PER_NODE"].flatMap(Self.counts) ?? []
    let nodes = environment["SLURM_JOB_NUM_NODES"] ?? environment["SLURM_NNODES"]
    machines = max(1, nodes.flatMap { Int($0) } ?? counts.count)
    cores = counts.min() ?? 1
  }

  /// Numbers as Slurm shortens them: `4,2(x3)` is 4, 2, 2, 2; nil for anything else.
  package static func counts(_ text: String) -> [Int]? {
    var counts: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let match = part.wholeMatch(of: /([0-9]+)(?:\(x([0-9]+)\))?/), let count = Int(match.1),
        let times = match.2.map({ Int($0) }) ?? 1, (1...1_000_000).contains(times)
      else { return nil }
      counts += Array(repeating: count, count: times)
    }
    return counts
  }

  /// Throws outside an allocation.
  package static func current() throws(CoordinatorError) -> SlurmAllocation {
    guard let allocation = SlurmAllocation() else { throw .noAllocation }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard folders.contains(where: { access("\($0)/srun", X_OK) == 0 }) else {
      throw .cannotStart("srun, which starts workers on other machines, is not on the search path")
    }
    return allocation
  }
}

/// `srun` starts each worker on a machine of the allocation that this process runs in.
package struct SlurmLauncher: Launcher {
  private let program: String
  private let arguments: [String]
  /// Of each worker.
  private let cores: Int
  package let isLocal = false

  /// - Parameters:
  ///   - program: the path of this program, which all machines know.
  ///   - workers: among the machines, in turn.
  ///   - dialsBack: whether workers connect rather than speak through srun.
  package init(_ allocation: SlurmAllocation, program: String, workers: Int, dialsBack: Bool) {
    self.program = program
    let most = (workers + allocation.machines - 1) / allocation.machines
    cores = max(1, allocation.cores / max(1, most))
    arguments = ["worker"] + (dialsBack ? ["--connect"] : [])
  }

  /// Takes the machines that the allocation has left in turn, and passes over those that start nothing: of a
  /// machine that fails, Slurm knows minutes later.
  ///
  /// Words of the shell: the number of the worker, then the options of srun.
  private static let script = """
    index=$1
    shift
    machines=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%D </dev/null 2>/dev/null)
    machines=${machines:-${SLURM_JOB_NUM_NODES:-1}}
    for ((try = 0; try < machines; try++)); do
      machine=$(((index + try) % machines))
      [ "$machines" -gt 1 ] || break
      timeout 20 srun --nodes=1 --ntasks=1 --overlap --mem=0 --relative=$machine true \\
        </dev/null >/dev/null 2>&1 && break
    done
    exec srun --relative=$machine "$@"
    """

  package func launch(_ index: Int) -> WorkerLaunch {
    WorkerLaunch(
      executable: "/bin/bash",
      arguments: ["-c", Self.script, "srun", "\(index)"] + [
        // Frames are passed on at once and as they are; steps share the machine's cores with the coordinator.
        "--unbuffered", "--nodes=1", "--ntasks=1", "--cpus-per-task=\(cores)", "--overlap",
        "--mem=0",
        "--export=ALL", "--quiet", program,
      ] + arguments)
  }
}
