import ArgumentParser
import Coordinator
import DeviceClient
import Glibc
import Threads
import Wire

/// The process that the coordinator spawns; it speaks frames on standard input and output.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Serve a coordinator on standard input and output.",
    shouldDisplay: false)

  @Option(
    help: ArgumentHelp(
      "Local workers to relay to; 0 for none. Default: what the experiment says.",
      visibility: .hidden))
  var relay: Int?

  func run() throws {
    // The coordinator decides when a worker stops: it closes the pipe.
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    // Nobody but itself limits its time: the coordinator replaces it.
    signal(SIGXCPU, SIG_DFL)
    do {
      let channel = Channel(input: STDIN_FILENO, output: STDOUT_FILENO)
      guard let setup = try Worker.setup(from: channel) else { return }
      let workers = relay ?? setup.configuration.workers.relay
      if workers > 1 {
        // It reads all the time, so it notices when it is to leave; and it has workers to take along.
        try Relay.serve(channel, setup, workers: workers) { printMessage($0) }
      } else {
        leaveWithCoordinator()
        try Worker.serve(channel, setup)
      }
    } catch {
      printMessage("fedsim worker: \(error)")
      throw ExitCode(70)
    }
  }

  /// Ends this process, in whatever it is doing, once nobody can hear it any more.
  ///
  /// A coordinator that was killed has closed both pipes; one that is only stopped has not. Whoever
  /// closes the input alone still gets the answers to what was sent before.
  private func leaveWithCoordinator() {
    let watch: @Sendable () -> Void = {
      for (descriptor, hangUp) in [(STDIN_FILENO, POLLHUP), (STDOUT_FILENO, POLLERR)] {
        var watched = pollfd(fd: descriptor, events: 0, revents: 0)
        while watched.revents & Int16(hangUp | POLLHUP) == 0 {
          guard poll(&watched, 1, -1) >= 0 || errno == EINTR, watched.revents & Int16(POLLNVAL) == 0
          else { return }
        }
      }
      _exit(0)
    }
    // Without the thread the worker ends with its next message.
    try? startThread(stackSize: 256 << 10, watch)
  }
}
