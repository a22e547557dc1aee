import ArgumentParser
import CMalloc
import Coordinator
import Glibc

@main
struct FedSim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fedsim",
    abstract: "Simulates private federated learning of next-app models on many phones.",
    discussion: """
      An experiment is one YAML file. Example:

        fedsim run experiments/quickstart.yaml

      The first line printed is the run folder. Every number of the run is in its CSV files.

      Completion of verbs, options, files and keys in bash, zsh and fish:

        source <(fedsim --generate-completion-script bash)
      """,
    version: version,
    subcommands: [
      New.self, Run.self, SweepCommand.self, Resume.self, Validate.self, Plan.self, Audit.self,
      Compare.self, Plot.self, ReportCommand.self, List.self, Verify.self, Predict.self,
      LifecycleCommand.self, RegistryCommand.self, PrivacyCommand.self, DataCommand.self,
      Explain.self, Doctor.self, WorkerCheck.self, WorkerCommand.self,
    ])

  static func main() {
    openStandardStreams()
    // The language's runtime reads them from /proc, and goes on without them where it cannot.
    guard CommandLine.argc > 0 else {
      printMessage("fedsim: the command line cannot be read from /proc; try again.")
      Glibc.exit(EX_IOERR)
    }
    Limits.soften()
    pinBLAS()
    keepFreedMemory()
    Interruption.install()
    // Started through /proc/self/exe the kernel calls it "exe".
    if let comm = fopen("/proc/self/comm", "w") {
      fputs("fedsim", comm)
      fclose(comm)
    }
    Limits.withEnoughStack {
      do {
        try Verbs.check(Array(CommandLine.arguments.dropFirst()))
        var command = try parseAsRoot()
        try command.run()
        StatusLine.end()
        Glibc.exit(0)
      } catch {
        exit(reporting: error)
      }
    }
  }

  /// Opens /dev/null wherever a standard stream is closed.
  ///
  /// The first file or pipe that is opened would get its number otherwise, and results or messages
  /// would go into it. A closed stream is as good as /dev/null: who closes it wants nothing from it,
  /// and what a run is made for lies in its folder.
  private static func openStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest number that is free, which is this one.
      guard open("/dev/null", O_RDWR) == descriptor else { _exit(EX_IOERR) }
    }
  }

  /// Every round frees and wants buffers of the same sizes: pages that went back to the kernel in
  /// between would be cleared and mapped anew.
  private static func keepFreedMemory() {
    mallopt(M_TRIM_THRESHOLD, 64 << 20)
    // Setting one threshold stops the C library from moving the other, from 128 KiB up to this.
    mallopt(M_MMAP_THRESHOLD, 32 << 20)
  }

  /// Starts this program again with one BLAS thread and a fixed kernel, unless that is so already:
  /// OpenBLAS reads both when it loads, and other values give other bits.
  private static func pinBLAS() {
    let isPinned = WorkerLaunch.environment.allSatisfy { key, value in
      getenv(key).map { String(cString: $0) == value } ?? false
    }
    guard !isPinned else { return }
    for (key, value) in WorkerLaunch.environment { setenv(key, value, 1) }
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    // Only reached when exec failed; the run still works, on the kernel OpenBLAS chose.
  }
}
