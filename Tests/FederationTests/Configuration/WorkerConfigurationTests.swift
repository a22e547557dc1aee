import Federation
import Testing

/// Where workers are.
struct WorkerConfigurationTests {
  @Test func wordsAreThoseOfAShell() {
    let cases: [(String, [String]?)] = [
      ("ssh -T  node0 fedsim", ["ssh", "-T", "node0", "fedsim"]),
      ("sh -c 'a b; c' \"d e\"", ["sh", "-c", "a b; c", "d e"]),
      ("a'b c'd", ["ab cd"]), ("''", [""]), ("  ", []), ("", []),
      ("a 'b", nil), ("a \"b'", nil), ("'a\"b'", ["a\"b"]),
    ]
    for (line, words) in cases { #expect(CommandWords.words(of: line) == words, "\(line)") }
  }

  @Test func aLineHasItsWordsAgain() {
    for words in [
      ["ssh", "-T", "node{index}"], ["sh", "-c", "echo \"it's\" > 'a b'"], ["", "x", "a b"],
      ["'", "\"", "''\"\""], ["ä ö", "{fedsim}"],
    ] {
      #expect(CommandWords.words(of: CommandWords.line(of: words)) == words)
    }
  }

  @Test func addressesAreRead() {
    let cases: [(String, String, UInt16)] = [
      ("10.0.0.5", "10.0.0.5", 0), ("10.0.0.5:7000", "10.0.0.5", 7_000), ("host:1", "host", 1),
      ("[::1]:70", "::1", 70), ("fe80::1", "fe80::1", 0), ("[fe80::1]", "fe80::1", 0),
    ]
    for (text, host, port) in cases {
      #expect(ListenAddress(text) == ListenAddress(host: host, port: port), "\(text)")
    }
    for text in ["", ":7000", "a:", "a:b", "a:70000", "[::1", "[::1]7", "a b", "http://a", "a/b:1"]
    {
      #expect(ListenAddress(text) == nil, "\(text)")
    }
  }

  private static func problem(
    _ change: (inout WorkerConfiguration) -> Void
  ) -> String? {
    var configuration = Configuration()
    change(&configuration.workers)
    do throws(SettingError) {
      try configuration.validate()
      return nil
    } catch {
      return "\(error.keyPath) \(error.problem)"
    }
  }

  @Test func whatCannotStartAWorkerIsRefused() {
    #expect(
      Self.problem { $0.launcher = .command }?.hasPrefix("workers.command is missing") == true)
    let wrong: [(String, Bool?, String)] = [
      ("ssh 'node", nil, "a quote that is not closed"), ("  ", nil, "or no word"),
      ("ssh node{i} fedsim worker --connect", nil, "names {i}, which stands for nothing"),
      ("ssh node{index} fedsim worker", nil, "add --connect"),
      ("ssh node{index} fedsim worker --connect", false, "leave it out"),
    ]
    for (command, dialsBack, words) in wrong {
      let problem = Self.problem {
        ($0.launcher, $0.command, $0.dialBack) = (.command, Setting(command), Setting(dialsBack))
      }
      #expect(problem?.contains(words) == true, "\(command): \(problem ?? "none")")
    }
    #expect(
      Self.problem { $0.listen = Setting("nowhere:port") }?.hasPrefix("workers.listen") == true)
    let right: [(String, Bool?)] = [
      ("ssh -T node{index} fedsim worker --connect", nil), ("srun -u {fedsim} worker", false),
      ("python3 worker.py", nil), ("kubectl exec -i pod-{index} -- fedsim worker --connect", true),
    ]
    for (command, dialsBack) in right {
      let problem = Self.problem {
        ($0.launcher, $0.command, $0.dialBack) = (.command, Setting(command), Setting(dialsBack))
      }
      #expect(problem == nil, "\(command)")
    }
  }

  /// A file for several machines runs on one with `launcher: local`.
  @Test func localWorkersLeaveTheCommandAlone() {
    #expect(
      Self.problem { $0.command = Setting("ssh -T node{index} fedsim worker --connect") } == nil)
    var workers = WorkerConfiguration()
    #expect(!workers.dialsBack)
    workers.launcher = .command
    #expect(workers.dialsBack)
    workers.dialBack = Setting(false)
    #expect(!workers.dialsBack)
    var other = WorkerConfiguration()
    other.placement = workers.placement
    #expect(other == workers)
  }
}
