import Experiments
import Foundation
import Storage
import Testing

/// What becomes of a run whose files are damaged or mixed up with those of another.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DamageTests {
  enum Damage: CaseIterable {
    case flip, cut, saveWithOtherLineEnds, append, exchange, delete
  }

  /// A file after the damage; nil to delete it.
  static func damaged(
    _ data: Data, _ damage: Damage, other: Data, _ random: inout SplitMix
  ) -> Data? {
    switch damage {
    case .flip:
      guard !data.isEmpty else { return Data("x".utf8) }
      var data = data
      let index = data.index(data.startIndex, offsetBy: Int(random.next() % UInt64(data.count)))
      data[index] ^= 1 << UInt8(random.next() % 8)
      return data
    case .cut: return data.prefix(Int(random.next() % UInt64(max(1, data.count))))
    case .saveWithOtherLineEnds:
      // As bytes: not all of these files are text.
      var saved = Data()
      for byte in data where byte != UInt8(ascii: "\r") {
        if byte == UInt8(ascii: "\n"), !data.contains(UInt8(ascii: "\r")) {
          saved.append(UInt8(ascii: "\r"))
        }
        saved.append(byte)
      }
      return saved
    case .append: return data + (data.split(separator: 10).last ?? Data("1".utf8)) + Data("\n".utf8)
    case .exchange: return other
    case .delete: return nil
    }
  }

  /// Vigna's SplitMix64, so that a printed seed gives the same damages again.
  struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  static let begun = [
    "config.yaml", "manifest.json", "rounds.csv", "evaluation.csv", "clients.csv", "segments.csv",
    "privacy.csv", "system.csv", "checkpoint/state.bin",
  ]
  static let finished = begun + ["summary.json", "model.safetensors", "SHA256SUMS"]

  /// Two seeds, each as a finished run and as one that was interrupted after four of six rounds.
  private static func runs(in root: TemporaryFolder) async throws {
    for seed: UInt64 in [1, 2] {
      var configuration = ExperimentRunTests.configuration
      configuration.seed = seed
      _ = try await ExperimentRunTests.start(
        configuration, at: "\(root.path)/finished-\(seed)", workers: 1)
      await #expect(throws: ExperimentError.self) {
        try await ExperimentRunTests.start(
          configuration, at: "\(root.path)/begun-\(seed)", workers: 1, interruptedAfter: 4)
      }
    }
  }

  private static func verified(_ folder: String) throws -> Verification {
    var verification = Verification()
    try verification.check(folder)
    return verification
  }

  /// Whatever happens to one file: resuming ends with an error of one sentence, or with the bytes of
  /// the undisturbed run; `verify` tells of it in any case.
  @Test func noDamageChangesAResult() async throws {
    let root = try TemporaryFolder()
    try await Self.runs(in: root)
    let expected = try ExperimentRunTests.results(in: "\(root.path)/finished-1")
    for kind in ["finished", "begun"] {
      let whole = try Self.verified("\(root.path)/\(kind)-1")
      #expect(whole.problems.isEmpty && whole.files >= Self.begun.count - 2, "\(whole)")
    }
    let seed = UInt64.random(in: 0 ... .max)
    print("DamageTests: seed \(seed)")
    var random = SplitMix(state: seed)
    var refused = 0
    for attempt in 0..<60 {
      let kind = attempt.isMultiple(of: 2) ? "begun" : "finished"
      let names = kind == "begun" ? Self.begun : Self.finished
      let name = names[attempt / 2 % names.count]
      let damage = Damage.allCases[Int(random.next() % UInt64(Damage.allCases.count))]
      let path = "\(root.path)/damaged"
      try FileManager.default.copyItem(atPath: "\(root.path)/\(kind)-1", toPath: path)
      defer { try? FileManager.default.removeItem(atPath: path) }
      let file = URL(filePath: "\(path)/\(name)")
      let (old, other) = (
        try Data(contentsOf: file),
        try Data(contentsOf: URL(filePath: "\(root.path)/\(kind)-2/\(name)"))
      )
      let new = Self.damaged(old, damage, other: other, &random)
      if let new { try new.write(to: file) } else { try FileManager.default.removeItem(at: file) }
      let label = "seed \(seed), \(attempt): \(damage) of \(name), \(kind)"
      guard new != old else { continue }
      // Rows after a checkpoint are what a killed run leaves.
      if !(kind == "begun" && damage == .append && name.hasSuffix(".csv")) {
        let problems = try Self.verified(path).problems
        #expect(!problems.isEmpty, "\(label): verify found nothing")
        // Of a run that lost its checksums the rest cannot be named.
        #expect(problems.contains { $0.problem.contains(path) }, "\(label): \(problems)")
      }
      do {
        _ = try await ExperimentRunTests.resume(path)
        #expect(try ExperimentRunTests.results(in: path) == expected, "\(label): other bytes")
        #expect(try Self.verified(path).problems.isEmpty, "\(label): not whole after resume")
      } catch {
        refused += 1
        let sentence = "\(error)"
        #expect(
          error is ExperimentError || error is StorageError, "\(label): \(type(of: error)) \(error)"
        )
        #expect(sentence.contains("\(path)") && sentence.hasSuffix("."), "\(label): \(sentence)")
      }
    }
    print("DamageTests: \(refused) of 60 refused, all others repaired")
    #expect(refused > 15)
  }

  @Test func whatFollowsFromTheCheckpointIsWrittenAgain() async throws {
    let root = try TemporaryFolder()
    let path = "\(root.path)/run"
    _ = try await ExperimentRunTests.start(at: path, workers: 1)
    let expected = try ExperimentRunTests.results(in: path)
    let sums = try text(of: "\(path)/SHA256SUMS")
    for name in ["model.safetensors", "summary.json", "SHA256SUMS"] {
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    _ = try await ExperimentRunTests.resume(path)
    #expect(try ExperimentRunTests.results(in: path) == expected)
    #expect(try text(of: "\(path)/SHA256SUMS") == sums)
    let log = try text(of: "\(path)/log.txt")
    #expect(
      log.contains("model.safetensors: was missing; it was written again from the checkpoint."))
  }

  /// Two runs of one configuration record the same, but for what differs between any two runs.
  @Test func theListIsTheSameForTheSameRun() async throws {
    let root = try TemporaryFolder()
    for (name, workers) in [("a", 1), ("b", 2)] {
      _ = try await ExperimentRunTests.start(at: "\(root.path)/\(name)", workers: workers)
    }
    let sums = try text(of: "\(root.path)/a/SHA256SUMS")
    #expect(try text(of: "\(root.path)/b/SHA256SUMS") == sums)
    let names = sums.split(separator: "\n").map { String($0.dropFirst(66)) }
    #expect(
      names == [
        "clients.csv", "config.yaml", "evaluation.csv", "model.safetensors", "privacy.csv",
        "rounds.csv", "segments.csv", "summary.json",
      ])
    let recorded = try #require(try Manifest.read(from: "\(root.path)/a").files)
    #expect(
      Set(recorded.keys)
        == Set(names + ["system.csv", "checkpoint/state.bin", "SHA256SUMS"]))
  }

  /// A run folder as older versions left it: no list, no digests in manifest and checkpoint.
  @Test func aRunOfAnOlderVersionStaysUsable() async throws {
    let root = try TemporaryFolder()
    let (path, whole) = ("\(root.path)/old", "\(root.path)/whole")
    _ = try await ExperimentRunTests.start(at: whole, workers: 1)
    await #expect(throws: ExperimentError.self) {
      try await ExperimentRunTests.start(at: path, workers: 1, interruptedAfter: 4)
    }
    var checkpoint = try Checkpoint.read(from: path)
    (checkpoint.digests, checkpoint.configHash) = (nil, nil)
    try checkpoint.write(to: path)
    let manifest = try text(of: "\(path)/manifest.json")
    let lines = manifest.split(separator: "\n").filter { !$0.contains("\"sha256\"") }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: "\(path)/manifest.json"))
    let before = try Self.verified(path)
    #expect(before.problems.isEmpty && before.notes.count == 1 && before.files == 0)
    _ = try await ExperimentRunTests.resume(path)
    #expect(try ExperimentRunTests.results(in: path) == ExperimentRunTests.results(in: whole))
    let after = try Self.verified(path)
    #expect(after.problems.isEmpty && after.notes.isEmpty && after.files >= 10)
  }
}
