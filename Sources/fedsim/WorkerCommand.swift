import ArgumentParser
import Coordinator
import DeviceClient
import Glibc
import Messages
import Threads
import Wire

/// The process that a coordinator has started; it speaks frames on standard input and output, or on a
/// connection that it opens.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Serve a coordinator.",
    discussion: """
      Started by `fedsim run`, through the command in workers.command where workers are elsewhere:

        ssh -T node1 fedsim worker --connect
      """,
    shouldDisplay: false)

  @Flag(
    help:
      "Connect to the coordinator: standard input has one line, ADDRESS PORT KEY (64 hex digits).")
  var connect = false

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
    signal(SIGPIPE, SIG_IGN)
    // Nobody but itself limits its time: the coordinator replaces it.
    signal(SIGXCPU, SIG_DFL)
    let (channel, ends) = connect ? try connected() : onStandardStreams()
    do {
      guard let setup = try Worker.setup(from: channel) else { return }
      let isSameProgram = getenv(WorkerLaunch.sameProgram) != nil
      let build = isSameProgram ? "" : WorkerIdentity.build()
      let workers = relay ?? setup.configuration.workers.relay
      if workers > 1 {
        // It reads all the time, so it notices when it is to leave; and it has workers to take along.
        try Relay.serve(channel, setup, workers: workers, build: build)
      } else {
        leaveWithCoordinator(watching: ends)
        try Worker.serve(channel, setup, build: build, tellsMemory: !isSameProgram)
      }
    } catch {
      // Whoever started it may not pass on what it writes, nor how it ended.
      if connect { try? channel.send(.bye(exitCode: EX_SOFTWARE, reason: "\(error)"), deadline: 5) }
      printMessage("fedsim worker: \(error)")
      throw ExitCode(EX_SOFTWARE)
    }
  }

  /// What a worker watches to know that nobody can hear it.
  private typealias Ends = [(descriptor: Int32, hangUp: Int32)]

  private func onStandardStreams() -> (Channel, Ends) {
    (
      Channel(input: STDIN_FILENO, output: STDOUT_FILENO),
      [(STDIN_FILENO, POLLHUP), (STDOUT_FILENO, POLLERR)]
    )
  }

  private func connected() throws -> (Channel, Ends) {
    guard let line = DialLine.read(from: STDIN_FILENO) else {
      throw UsageError(
        sentence:
          "The first line of standard input is not ADDRESS PORT KEY, which `fedsim run` gives a "
          + "worker with --connect.", command: "fedsim worker")
    }
    do {
      for attempt in 1...Self.attempts {
        let (socket, seal) = try line.dial()
        if hears(socket) {
          return (Channel(socket: socket, seal: seal), [(socket, Channel.hangUp)])
        }
        // Made room for others, where many dial: the same frame again is the same connection.
        close(socket)
        usleep(UInt32(100_000 * attempt))
      }
      printMessage("fedsim worker: \(line.host) port \(line.port) did not take the connection.")
    } catch {
      printMessage("fedsim worker: \(error).")
    }
    throw ExitCode(EX_UNAVAILABLE)
  }

  private static let attempts = 5

  /// Waits for the coordinator's first words; false where the connection ends before.
  private func hears(_ socket: Int32) -> Bool {
    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    while poll(&watched, 1, -1) < 0 && errno == EINTR {}
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK)) > 0
  }

  /// Ends this process, in whatever it is doing, once nobody can hear it any more.
  ///
  /// A coordinator that was killed has closed both pipes; one that is only stopped has not. Whoever
  /// closes the input alone still gets the answers to what was sent before.
  private func leaveWithCoordinator(watching ends: Ends) {
    let watch: @Sendable () -> Void = {
      for (descriptor, hangUp) in ends {
        var watched = pollfd(
          fd: descriptor, events: Int16(hangUp & Channel.hangUp), revents: 0)
        while watched.revents & Int16(hangUp | POLLHUP | POLLERR) == 0 {
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
