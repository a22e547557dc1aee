import Experiments
import Federation
import Foundation
import Privacy
import Storage
import Synchronization
import Testing

struct LedgerTests {
  private static func part(_ epsilon: Double, delta: Double = 1e-6) -> Composition.Part {
    Composition.Part(
      epsilon: epsilon, delta: delta, adjacency: .addOrRemove,
      events: [PrivacyEvent(.gaussian(noiseMultiplier: 10 / epsilon))])
  }

  /// What an experiment with this ledger does.
  private static func use(
    _ file: String, seed: UInt64 = 1, budget: Double? = nil, delta: Double? = 1e-5,
    _ composition: LedgerBudgetConfiguration.Composition = .basic, people: String? = nil
  ) throws -> LedgerUse {
    var configuration = Configuration()
    configuration.seed = seed
    configuration.privacy.ledger = Setting(file)
    configuration.privacy.ledgerPeople = Setting(people)
    configuration.privacy.ledgerBudget.epsilon = Setting(budget)
    configuration.privacy.ledgerBudget.delta = Setting(budget == nil ? nil : delta)
    configuration.privacy.ledgerBudget.composition = composition
    return try #require(LedgerUse(configuration, clients: 1_000, contentHash: nil))
  }

  private static func reserve(
    _ use: LedgerUse, _ epsilon: Double, run: String = "/runs/1", mark: LedgerMark? = nil
  ) throws -> LedgerMark {
    try use.reserve(
      part(epsilon), for: mark ?? LedgerMark(file: use.file), run: run, name: "run",
      configHash: "hash")
  }

  private static func error(_ body: () throws -> Void) throws -> ExperimentError {
    try #require(#expect(throws: ExperimentError.self, performing: body))
  }

  @Test func runsReserveOnceAndSettle() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/below/people")
    let first = try Self.reserve(use, 2)
    let second = try Self.reserve(use, 3, run: "/runs/2")
    #expect(first.entry != second.entry && first.line != nil)
    // A run that is resumed counts once, also when it was killed before it had noted its line.
    #expect(try Self.reserve(use, 2, mark: first) == first)
    var unnoted = first
    unnoted.line = nil
    #expect(try Self.reserve(use, 2, mark: unnoted) == first)
    var ledger = try PopulationLedger.read(use.file)
    #expect(ledger.entries.map(\.part.epsilon) == [2, 3])
    #expect(ledger.entries.allSatisfy { $0.state == .reserved })
    try use.settle(Self.part(1.5), for: first, run: "/runs/1")
    let size = try Data(contentsOf: URL(filePath: use.file)).count
    try use.settle(Self.part(1.5), for: first, run: "/runs/1")
    #expect(try Data(contentsOf: URL(filePath: use.file)).count == size, "settled once")
    ledger = try PopulationLedger.read(use.file)
    let totals = LedgerTotals(ledger)
    #expect(ledger.entries.map(\.part.epsilon) == [1.5, 3] && totals.reserved == 1)
    #expect(totals.basic.epsilon == 4.5 && totals.basic.delta == 2e-6)
    #expect(totals.budget == nil && totals.left == nil)
  }

  @Test func aBudgetIsNeverExceeded() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/people", budget: 5)
    _ = try Self.reserve(use, 2)
    let mark = try Self.reserve(use, 2.5)
    let refusal = try Self.error { _ = try Self.reserve(use, 1) }
    #expect(refusal.code == .invalidConfiguration)
    #expect(refusal.message.contains("have 0.5 left") && refusal.message.contains("needs 1 "))
    #expect(throws: ExperimentError.self) { try use.check([Self.part(0.3), Self.part(0.3)]) }
    try use.check([Self.part(0.5)])
    // What was not spent is there again.
    try use.settle(Self.part(1), for: mark, run: "/runs/2")
    _ = try Self.reserve(use, 2)
    // Also those that give no budget of their own are held to it, and none can change it.
    let other = try Self.use("\(folder.path)/people")
    #expect(throws: ExperimentError.self) { _ = try Self.reserve(other, 0.01) }
    let higher = try Self.use("\(folder.path)/people", budget: 50)
    #expect(try Self.error { _ = try Self.reserve(higher, 1) }.message.contains("no run changes"))
    #expect(LedgerTotals(try PopulationLedger.read(use.file)).left == 0)
  }

  /// Σδ as well.
  @Test func deltaAddsUpToo() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/people", budget: 100, delta: 2.5e-6)
    _ = try Self.reserve(use, 1)
    _ = try Self.reserve(use, 1)
    let refusal = try Self.error { _ = try Self.reserve(use, 1) }
    #expect(refusal.message.contains("delta"), "\(refusal)")
  }

  /// Rényi divergences add up to less than ε does: 20 small runs fit where 20 sums would not.
  @Test func theFilterLetsMoreInThanTheSum() throws {
    let folder = try TemporaryFolder()
    let sums = try Self.use("\(folder.path)/sums", budget: 4, delta: 1e-4)
    let filter = try Self.use("\(folder.path)/filter", budget: 4, delta: 1e-4, .renyi)
    func count(_ use: LedgerUse) -> Int {
      var count = 0
      while count < 60, (try? Self.reserve(use, 0.5)) != nil { count += 1 }
      return count
    }
    #expect(count(sums) == 8)
    // Each is a Gaussian of noise 20. At order 1 + √(L/ρ), where √ρ = √(L + 4) − √L and L = log 1e4,
    // that is 6 when rounded, n of them cost 6 n / 800 + log(5/6) − log(6e-4) / 5 ≤ 4: n ≤ 360; the
    // plain sum of δ does not count here.
    #expect(count(filter) == 60)
    let spent = try #require(LedgerTotals(try PopulationLedger.read(filter.file)).spent)
    let expected = 6.0 * 60 / 800 + log(5.0 / 6) - log(6e-4) / 5
    #expect(abs(spent - expected) < 1e-9, "\(spent) \(expected)")
  }

  @Test func aLedgerIsOfThePeopleItBeganWith() throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/people"
    _ = try Self.reserve(Self.use(file), 1)
    let refusal = try Self.error { _ = try Self.reserve(Self.use(file, seed: 2), 1) }
    #expect(refusal.code == .invalidConfiguration && refusal.message.contains("other people"))
    #expect(refusal.message.contains("'synthetic typical, seed 1'"))
    // Whoever says that they are the same is believed.
    _ = try Self.reserve(Self.use(file, seed: 2, people: "synthetic typical, seed 1"), 1)
    var more = Configuration()
    more.population.clients = 5_000
    more.population.days = 99
    #expect(People.name(of: more, contentHash: nil) == "synthetic typical, seed 1")
    more.population.source = .file
    #expect(People.name(of: more, contentHash: "ab") == "log ab")
  }

  // MARK: - Damage

  @Test func everyChangedByteIsFound() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/people", budget: 50)
    let marks = try (1...3).map { _ in try Self.reserve(use, 1) }
    try use.settle(Self.part(0.5), for: marks[1], run: "/runs/1")
    let whole = try Data(contentsOf: URL(filePath: use.file))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var changed = whole
      let place = Int.random(in: 0..<whole.count, using: &generator)
      changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      let found = try? LedgerText(changed, path: "ledger").records.count
      // Without its end the last line counts for nothing, as after a kill.
      let isEnd = place == whole.count - 1
      #expect(found == nil || isEnd && found == 5, "byte \(place) of \(whole.count)")
    }
    // A line left out, and two exchanged.
    let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    func joined(_ indices: [Int]) -> Data {
      indices.reduce(into: Data()) { $0 += lines[$1] + Data("\n".utf8) }
    }
    for order in [[0, 1, 3, 4, 5], [0, 1, 3, 2, 4, 5], [1, 2, 3], [0, 0, 1]] {
      #expect(throws: ExperimentError.self) { _ = try LedgerText(joined(order), path: "ledger") }
    }
    // Its end cut off: the ledger is a shorter one, and a run that it has lost finds that out.
    try joined([0, 1, 2]).write(to: URL(filePath: use.file))
    #expect(try Self.error { _ = try Self.reserve(use, 1, mark: marks[2]) }.code == .badData)
    #expect(throws: ExperimentError.self) {
      try use.settle(Self.part(1), for: marks[2], run: "/runs/1")
    }
    // A ledger that is gone is not begun anew by a run that was on it.
    try FileManager.default.removeItem(atPath: use.file)
    #expect(try Self.error { _ = try Self.reserve(use, 1, mark: marks[2]) }.code == .missingInput)
    #expect(!FileManager.default.fileExists(atPath: use.file))
  }

  /// A line that a killed process left half is no line, wherever it was cut.
  @Test func aCutLineCountsForNothing() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/people")
    let file = URL(filePath: use.file)
    _ = try Self.reserve(use, 1)
    let before = try Data(contentsOf: file)
    _ = try Self.reserve(use, 2)
    let after = try Data(contentsOf: file)
    for length in stride(from: before.count, to: after.count, by: 7) {
      try after.prefix(length).write(to: file)
      #expect(try PopulationLedger.read(use.file).entries.count == 1)
      _ = try Self.reserve(use, 3)
      #expect(try PopulationLedger.read(use.file).entries.map(\.part.epsilon) == [1, 3])
    }
    try (before + Data(repeating: 0, count: 500)).write(to: file)
    _ = try Self.reserve(use, 3)
    #expect(try PopulationLedger.read(use.file).entries.count == 2)
  }

  /// A file of somebody's that is no ledger is left alone.
  @Test func noOtherFileIsTaken() throws {
    let folder = try TemporaryFolder()
    for content in ["a text", "a text\n", "{}\n", "0123456789abcdef and so on", "\0\0\0"] {
      let file = try folder.file("mine", content)
      let use = try Self.use(file)
      #expect(try Self.error { _ = try Self.reserve(use, 1) }.code == .badData)
      #expect(try text(of: file) == content)
      #expect(!PopulationLedger.isLedger(file))
    }
    #expect(throws: ExperimentError.self) {
      _ = try Self.reserve(Self.use(folder.path), 1)
    }
  }

  /// Many at once: every reservation is there, and together they stay within the budget.
  @Test func manyProcessesShareOneLedger() throws {
    let folder = try TemporaryFolder()
    let use = try Self.use("\(folder.path)/people", budget: 10, delta: 1e-3)
    let taken = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 16) { index in
      if (try? Self.reserve(use, 1, run: "/runs/\(index)")) != nil { taken.withLock { $0 += 1 } }
    }
    #expect(taken.withLock { $0 } == 10)
    let ledger = try PopulationLedger.read(use.file)
    #expect(ledger.entries.count == 10 && Set(ledger.entries.map(\.run)).count == 10)
  }
}
