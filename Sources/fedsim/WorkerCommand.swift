import ArgumentParser
import DeviceClient
import Glibc
import Wire

/// The process that the coordinator spawns; it speaks frames on standard input and output.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Serve a coordinator on standard input and output.",
    shouldDisplay: false)

  func run() throws {
    // The coordinator decides when a worker stops: it closes the pipe.
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      try Worker.serve(Channel(input: STDIN_FILENO, output: STDOUT_FILENO))
    } catch {
      printMessage("fedsim worker: \(error)")
      throw ExitCode(70)
    }
  }
}
