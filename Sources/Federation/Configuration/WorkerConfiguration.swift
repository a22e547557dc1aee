/// How worker processes are started, reached and watched; nothing here changes a result.
package struct WorkerConfiguration: Codable, Equatable, Sendable {
  /// What starts workers.
  package enum Launcher: String, Codable, Sendable, CaseIterable {
    case local, command, slurm
  }

  package var launcher = Launcher.local
  /// The command line that starts a worker elsewhere, as `CommandWords` has it.
  package var command = Setting<String>()
  /// Where workers dial to, as `ListenAddress` has it; left out, this machine is asked.
  package var listen = Setting<String>()
  /// Whether workers dial back; left out, those do that a command starts.
  package var dialBack = Setting<Bool>()
  /// A worker that is silent for longer on one client is replaced.
  package var deadlineSeconds = 120.0
  /// Failures of one worker, or on one client, within one phase that end the run.
  package var maxFailures = 3
  /// Frames between coordinator and workers are sealed with a key of each connection.
  package var sealFrames = false
  /// Local workers of each worker that is started, which then only relays; 0 and 1 for none.
  package var relay = 0
  /// The client program and its arguments, as `CommandWords` has them (`population.source: worker`).
  package var program = Setting<String>()

  package init() {}

  /// Whether workers connect to the coordinator, which else speaks through their standard streams.
  package var dialsBack: Bool { dialBack.value ?? (launcher != .local) }

  /// What a template of a command may name, in braces.
  package static let placeholders = ["index", "fedsim"]
}

/// Where the workers of a run are: a run folder notes it beside its results, not within.
package struct WorkerPlacement: Codable, Equatable, Sendable {
  package var launcher = WorkerConfiguration.Launcher.local
  package var command: String?
  package var listen: String?
  package var dialBack: Bool?
  package var relay = 0

  package init() {}

  /// The key paths of what it holds.
  package static let keyPaths = [
    "workers.launcher", "workers.command", "workers.listen", "workers.dial_back", "workers.relay",
  ]
}

extension WorkerConfiguration {
  package var placement: WorkerPlacement {
    get {
      var placement = WorkerPlacement()
      placement.launcher = launcher
      placement.command = command.value
      placement.listen = listen.value
      placement.dialBack = dialBack.value
      placement.relay = relay
      return placement
    }
    set {
      launcher = newValue.launcher
      command = Setting(newValue.command)
      listen = Setting(newValue.listen)
      dialBack = Setting(newValue.dialBack)
      relay = newValue.relay
    }
  }
}

/// An address to listen on: a name or number and a port, 0 for any that is free.
package struct ListenAddress: Equatable, Sendable {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; nil for anything else.
  package init?(_ text: String) {
    var rest = text[...]
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
    } else if rest.count(where: { $0 == ":" }) > 1 {
      // An address of version 6 has many.
      host = text
      rest = ""
    } else {
      host = String(rest.prefix { $0 != ":" })
      rest = rest.dropFirst(host.count)
    }
    port = 0
    if !rest.isEmpty {
      guard rest.first == ":", let number = UInt16(rest.dropFirst()) else { return nil }
      port = number
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "/[]".contains($0) }) else {
      return nil
    }
  }
}

extension Configuration {
  /// Rules between the keys of workers.
  func validateWorkers() throws(SettingError) {
    try require(
      workers.listen.value.map { ListenAddress($0) != nil } ?? true, "workers.listen",
      "('\(workers.listen.value ?? "")') must be ADDRESS or ADDRESS:PORT, such as 10.0.0.5:7000")
    let command = workers.command.value
    let words = command.map { CommandWords.words(of: $0) }
    if let words {
      guard let words, !words.isEmpty else {
        throw SettingError(
          keyPath: "workers.command", problem: "has a quote that is not closed, or no word")
      }
      for word in words {
        let unknown = word.matches(of: /\{([a-z_]+)\}/).map { String($0.1) }
          .first { !WorkerConfiguration.placeholders.contains($0) }
        try require(
          unknown == nil, "workers.command",
          "names {\(unknown ?? "")}, which stands for nothing; {index} is the number of the worker, and "
            + "{fedsim} this program")
      }
    }
    guard workers.launcher == .command else { return }
    guard let words = words ?? nil else {
      throw SettingError(
        keyPath: "workers.command",
        problem: "is missing: `launcher: command` needs the command that starts a worker, such as "
          + "[ssh, -T, 'node{index}', fedsim, worker, --connect]")
    }
    let connects = words.contains("--connect")
    try require(
      workers.dialsBack || !connects, "workers.command",
      "has --connect, with which a worker dials back; leave it out with `dial_back: false`")
    try require(
      !workers.dialsBack || connects || words.last != "worker", "workers.command",
      "ends with `worker`, which speaks through its standard streams; add --connect, or set "
        + "workers.dial_back=false")
  }
}
