import Coordinator
import Federation
import Foundation
import Glibc
import TestSupport
import Testing
import Wire

/// Strangers who dial while workers train: refused, told of, and without effect.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct HostileDialTests {
  /// Keeps the line of worker 0 in a file, and lets that worker dial once there is a file `go`.
  static let script = #"""
    head -n 1 > "$1/line-$2.part"
    mv "$1/line-$2.part" "$1/line-$2"
    while [ "$2" = 0 ] && [ ! -e "$1/go" ]; do sleep 0.02; done
    exec "$0" worker --connect < "$1/line-$2"
    """#

  static func configuration(_ folder: String) throws -> Configuration {
    var configuration = try DialBackTests.configuration(script, folder, "{index}")
    configuration.population.clients = 200
    configuration.model.kind = .lstm
    configuration.model.sequenceLength = 16
    // Nobody is silent here, however busy the machine is.
    configuration.workers.deadlineSeconds = 120
    return configuration
  }

  /// The line that a worker was given.
  static func line(_ index: Int, in folder: String) throws -> DialLine {
    let path = "\(folder)/line-\(index)"
    let end = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: path), ContinuousClock.now < end { usleep(5_000) }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try #require(DialLine(String(text.dropLast())))
  }

  /// Sends these bytes and returns whether the connection is closed before anything comes back.
  static func isRefused(_ bytes: [UInt8], at line: DialLine) throws -> Bool {
    let socket = try TCP.connect(host: line.host, port: line.port, within: 5)
    defer { close(socket) }
    _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, 0)
    return count == 0 || count < 0 && errno == ECONNRESET
  }

  @Test func strangersAreRefusedAndChangeNothing() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path
    let cohort = Array(0..<200)
    var configuration = try Self.configuration(path)
    let log = Log()
    let refused = Task.detached {
      try await onThread {
        let (first, second) = (try Self.line(0, in: path), try Self.line(1, in: path))
        var refused: [String: Bool] = [:]
        // Worker 0 has not dialled: whoever knows the name of its key does not use it up.
        let stranger = DialKey().greeting().frame
        let wrong = Frame.encode(
          type: Frame.dialType, payload: first.key.name + stranger.dropFirst(32))
        refused["wrong"] = try Self.isRefused(wrong, at: first)
        refused["unknown"] = try Self.isRefused(stranger, at: first)
        refused["rubbish"] = try Self.isRefused(Array("GET / HTTP/1.1\r\n\r\n".utf8), at: first)
        for _ in 0..<300 {
          _ = try Self.isRefused([UInt8](repeating: 7, count: 100), at: first)
        }
        // More silent ones than there are places for.
        let silent = try (0..<100).map { _ in
          try TCP.connect(host: first.host, port: first.port, within: 5)
        }
        let began = try TCP.connect(host: first.host, port: first.port, within: 5)
        _ = send(began, stranger, 20, Int32(MSG_NOSIGNAL))
        _ = FileManager.default.createFile(atPath: "\(path)/go", contents: nil)
        // The first frame of worker 1 again, as its key makes it, and as it was.
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
          // Until worker 1 has dialled its key is nobody's: wait for that.
          if FileManager.default.fileExists(atPath: "\(path)/trained") { break }
          usleep(20_000)
        }
        refused["used"] = try Self.isRefused(second.key.greeting().frame, at: second)
        _ = FileManager.default.createFile(atPath: "\(path)/done", contents: nil)
        for socket in silent + [began] { close(socket) }
        return refused
      }
    }
    let trained = try await onThread { [configuration] in
      let pool = try configuration.pool(
        workers: 2, launch: WorkerLaunch(executable: try fedsimExecutable()), log: log)
      let trained = try pool.train(cohort, configuration)
      _ = FileManager.default.createFile(atPath: "\(path)/trained", contents: nil)
      let end = ContinuousClock.now + .seconds(60)
      while !FileManager.default.fileExists(atPath: "\(path)/done"), ContinuousClock.now < end {
        usleep(10_000)
      }
      let again = try pool.train(cohort, configuration)
      #expect(again == trained)
      #expect(pool.restarts == 0)
      pool.shutDown()
      return trained
    }
    let all = try await refused.value
    for kind in ["wrong", "unknown", "rubbish", "used"] { #expect(all[kind] == true, "\(kind)") }
    let lines = log.all
    for words in [
      "that sent nothing", "that did not have the key that they named",
      "that sent no first frame of a worker", "that named a key that no worker was given",
      "that named a key that was used before",
    ] {
      #expect(lines.contains { $0.contains(words) }, "\(words): \(lines)")
    }
    // One for each kind and minute, and one at the end.
    #expect(lines.count <= 12, "\(lines)")
    configuration.workers.placement = WorkerPlacement()
    #expect(
      try await RealWorkerTests.trained(configuration, cohort: cohort, workers: 2) == trained)
  }
}
