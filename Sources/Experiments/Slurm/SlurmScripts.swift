import Foundation

/// The batch scripts that make a sweep on a cluster with Slurm: shared work first, then one task per point,
/// then sweep.csv.
///
/// They are ordinary scripts, which may be read, changed and submitted by hand.
package struct SlurmScripts: Sendable {
  /// Of the sweep.
  package var name: String
  /// The program; every machine must find it under this path.
  package var program: String
  /// Where the command was given: paths in the experiment are meant from here.
  package var workingFolder: String
  /// The sweep's folder, absolute.
  package var folder: String
  /// Numbers of the points to make, ascending.
  package var points: [Int]
  /// Whether anything is measured for several points at once.
  package var prepares: Bool
  /// Tasks at a time; nil for as many as the cluster admits.
  package var jobs: Int?
  /// Further options of sbatch, for every job.
  package var options: [String]

  package init(
    name: String, program: String, workingFolder: String, folder: String, points: [Int],
    prepares: Bool, jobs: Int? = nil, options: [String] = []
  ) {
    self.name = name
    self.program = program
    self.workingFolder = workingFolder
    self.folder = folder
    self.points = points
    self.prepares = prepares
    self.jobs = jobs
    self.options = options
  }

  /// A cluster admits indices up to 1000 unless it says otherwise (MaxArraySize): more points than that are
  /// several arrays, one after another.
  package static let longestArray = 1_000
  /// How often a task is started again that ended with exit code 75.
  private static let mostRestarts = 5

  /// Each file with its name, the one that submits all others last.
  package var files: [(name: String, text: String)] {
    (prepares ? [("prepare.sh", step("prepare", "--prepare --quiet"))] : [])
      + [("point.sh", point), ("collect.sh", step("collect", "--collect")), ("submit.sh", submit)]
  }

  /// Where they lie.
  package var scripts: String { "\(folder)/slurm" }

  // MARK: - Batch scripts

  private func head(_ step: String) -> String {
    let name = Sweep.folderName("sweep=\(self.name)").dropFirst("sweep-".count)
    return """
      #!/bin/bash
      #SBATCH --job-name=fedsim-\(name)-\(step)

      """
  }

  private var place: String {
    """
    cd \(Self.quoted(workingFolder)) || exit 74

    """
  }

  private func step(_ step: String, _ options: String) -> String {
    head(step) + place
      + "exec \(Self.quoted(program)) resume \(Self.quoted(folder)) \(options)\n"
  }

  private var point: String {
    head("point") + """
      #SBATCH --requeue
      #SBATCH --open-mode=append
      #SBATCH --signal=B:USR1@60
      # Makes one point of the sweep: that of the task's index, plus the argument.

      """ + place + """
        limit=no stop=no task=
        tell() { stop=yes; [ -z "$task" ] || kill -TERM $task; }
        # The time limit is near: the round is finished and written, and the task goes on in another job.
        trap 'limit=yes; tell' USR1
        trap tell TERM INT
        \(Self.quoted(program)) resume \(Self.quoted(folder)) \\
        --point $((SLURM_ARRAY_TASK_ID + ${1:-0})) --quiet &
        task=$!
        [ $stop = no ] || kill -TERM $task
        # A signal ends the wait, not the task.
        while kill -0 $task 2>/dev/null; do wait $task; done
        wait $task
        code=$?

        again=no
        [ $code = 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt \(Self.mostRestarts) ] && again=yes
        # 143: told before it listened.
        [ $limit = yes ] && { [ $code = 130 ] || [ $code = 143 ]; } && again=yes
        if [ $again = yes ]; then
          echo "Exit code $code: the task is requeued and goes on from its last checkpoint." >&2
          scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit 0
        fi
        exit $code

        """
  }

  // MARK: - Submission

  private var submit: String {
    let counts = "\(points.count) \(points.count == 1 ? "point" : "points")"
    var text = """
      #!/bin/bash
      # Submits \(counts) of a sweep: bash submit.sh. Each line it prints is a step and its job.
      set -euo pipefail
      cd \(Self.quoted(workingFolder))
      slurm=\(Self.quoted(scripts))
      logs=\(Self.quoted(scripts.replacing("%", with: "%%")))

      if [ -s "$slurm/jobs" ]; then
        # Slurm forgets jobs that ended long ago, and takes their numbers for mistakes.
        left=$({ squeue --noheader --format=%F --jobs="$(paste -sd, "$slurm/jobs")" 2>/dev/null || true; } |
          sort -u | paste -sd' ')
        if [ -n "$left" ]; then
          echo "the sweep is submitted already; wait for its jobs, or end them with \\`scancel $left\\`" >&2
          exit 1
        fi
      fi

      jobs=()
      # All of them or none.
      trap '[ $? = 0 ] || [ ${#jobs[@]} = 0 ] || scancel "${jobs[@]}"' EXIT
      submit() {
        local step=$1 answer
        shift
        answer=$(sbatch --parsable\(options.map { " " + Self.quoted($0) }.joined()) "$@")
        job=${answer%%;*}
        jobs+=("$job")
        echo "$step $job"
      }


      """
    var depends = ""
    if prepares {
      text += "submit prepare --output=\"$logs/prepare-%j.log\" \"$slurm/prepare.sh\"\n"
      depends = " --dependency=afterany:$job"
    }
    for (first, indices) in arrays {
      let limit = jobs.map { "%\($0)" } ?? ""
      text +=
        "submit points\(depends) --array=\(Self.ranges(indices))\(limit) --output=\"$logs/point-%A_%a.log\" "
        + "\"$slurm/point.sh\" \(first)\n"
      // Whatever became of the tasks before.
      depends = " --dependency=afterany:$job"
    }
    text +=
      "submit collect\(depends) --output=\"$logs/collect-%j.log\" \"$slurm/collect.sh\"\n"
      + "printf '%s\\n' \"${jobs[@]}\" >\"$slurm/jobs\"\n"
    return text
  }

  /// The number that is added to the indices of each array, and its indices.
  private var arrays: [(first: Int, indices: [Int])] {
    Dictionary(grouping: points) { ($0 - 1) / Self.longestArray }.sorted { $0.key < $1.key }
      .map { part, points in
        let first = part * Self.longestArray
        return (first, points.map { $0 - first })
      }
  }

  /// Ascending numbers as sbatch takes them: `1-3,7`.
  package static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// One word of a shell, whatever it holds.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
