import Foundation
import Privacy
import Storage

/// What all runs on the same people have spent or may still spend, as a file tells it.
package struct PopulationLedger {
  /// One run.
  package struct Entry: Encodable, Sendable {
    package enum State: String, Encodable, Sendable {
      /// Counts at its worst case: it goes on, or was killed.
      case reserved
      case settled
    }

    package var entry: String
    package var run: String
    package var name: String
    package var configHash: String
    /// Registered ones.
    package var clients: Int?
    package var time: Date
    package var state: State
    package var part: Composition.Part
  }

  package let path: String
  package private(set) var people: String
  package private(set) var budget: LedgerBudget?
  /// In the order in which they were first reserved.
  package private(set) var entries: [Entry] = []
  /// Of every line.
  let digests: [String]
  /// Of the line that reserved first, by entry.
  private(set) var reserved: [String: String] = [:]

  /// Reads a ledger, which must be as it was written.
  package static func read(_ path: String) throws -> PopulationLedger {
    guard let data = try Digest.contents(of: path, limit: StorageLimit.table) else {
      throw ExperimentError(
        .missingInput,
        "\(path): there is no such ledger; the first run with privacy.ledger makes it, so name another "
          + "file, or restore it from a copy.")
    }
    return try PopulationLedger(path: path, text: LedgerText(data, path: path))
  }

  /// The ledger that a run is on, which must have its line; nil for a run on none.
  ///
  /// - Parameter folder: of the run.
  static func read(of manifest: Manifest, _ folder: String) throws -> PopulationLedger? {
    guard let mark = manifest.ledger, let line = mark.line else { return nil }
    let ledger = try read(mark.file)
    guard ledger.digests.contains(line) else {
      throw ExperimentError(
        .badData,
        "\(mark.file): has lost the entry of \(folder); restore the ledger from a copy that has it."
      )
    }
    guard manifest.exitReason != .finished || ledger.entry(mark.entry)?.state == .settled else {
      throw ExperimentError(
        .badData,
        "\(mark.file): still holds \(folder) for unfinished, which has ended; `fedsim resume \(folder)` "
          + "settles it, or restore the ledger from a copy.")
    }
    return ledger
  }

  /// Whether a file begins as ledgers do, whatever follows.
  package static func isLedger(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    let beginning = (try? file.read(upToCount: 66)) ?? Data()
    let digits = beginning.prefix(64)
    return beginning.count == 66 && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
      && beginning.suffix(2) == Data(" {".utf8)
  }

  init(path: String, text: LedgerText) throws {
    self.path = path
    digests = text.digests
    guard let people = text.records.first?.people else {
      throw ExperimentError(
        .badData,
        "\(path): is no ledger of privacy (its first line names no people); name a file that `fedsim run` "
          + "made by privacy.ledger.")
    }
    self.people = people
    for (record, digest) in zip(text.records, text.digests).dropFirst() {
      if record.kind == .reserve, let entry = record.entry, reserved[entry] == nil {
        reserved[entry] = digest
      }
      switch record.kind {
      case .people: break
      case .budget: budget = record.budget ?? budget
      case .reserve, .settle: add(record)
      }
    }
  }

  private mutating func add(_ record: LedgerRecord) {
    guard let id = record.entry, let part = record.part else { return }
    let state = record.kind == .reserve ? Entry.State.reserved : .settled
    if let index = entries.firstIndex(where: { $0.entry == id }) {
      entries[index].state = state
      entries[index].part = part
    } else {
      entries.append(
        Entry(
          entry: id, run: record.run ?? "", name: record.name ?? "",
          configHash: record.configHash ?? "", clients: record.clients, time: record.time,
          state: state, part: part))
    }
  }

  /// The entry of a run.
  func entry(_ id: String) -> Entry? { entries.first { $0.entry == id } }

  /// Throws unless it is of these people.
  func require(people wanted: String) throws {
    guard people != wanted else { return }
    throw ExperimentError(
      .invalidConfiguration,
      "\(path): is the ledger of other people ('\(people)', not '\(wanted)'); give these a "
        + "privacy.ledger of their own, or, if they are the same, set privacy.ledger_people to "
        + "'\(people)'.")
  }

  /// Throws when more would exceed the budget, with what is left and what it takes.
  ///
  /// - Parameter own: of the experiment, which may be stricter than that of the file.
  func require(
    _ wanted: [Composition.Part], own: LedgerBudget?, except ids: Set<String> = []
  ) throws {
    let before = entries.filter { !ids.contains($0.entry) }.map(\.part)
    if let seed = Composition(before + wanted).sharedNoiseSeed {
      throw ExperimentError(
        .invalidConfiguration,
        "\(path): two runs on these people would have the seed \(seed) and so the same noise, and their "
          + "difference might have none; set another seed (and population.seed, so that the people stay "
          + "the same), or privacy.randomness: system.")
    }
    for budget in [budget, own].compactMap(\.self) where !budget.allows(before + wanted) {
      let spent = budget.spent(before)
      let after = budget.spent(before + wanted)
      func number(_ value: Double) -> String { String(format: "%.6g", value) }
      let left = number(max(0, budget.epsilon - spent.epsilon))
      let needed: String
      if !after.epsilon.isFinite {
        needed =
          "no bound is known for this with privacy.ledger_budget.composition: "
          + budget.composition.rawValue
      } else if after.epsilon > budget.epsilon {
        needed = "this needs \(number(after.epsilon - spent.epsilon))"
      } else {
        needed =
          "this needs delta \(number(after.delta - spent.delta)), of which "
          + "\(number(max(0, budget.delta - spent.delta))) is left"
      }
      throw ExperimentError(
        .invalidConfiguration,
        "\(path): of epsilon \(number(budget.epsilon)) at delta \(ShownBound.delta(budget.delta)) these people have "
          + "\(left) left, and \(needed) (\(budget.composition.rawValue) composition); lower "
          + "privacy.target_epsilon or raise the noise.")
    }
  }
}

extension LedgerTotals {
  /// What to know of the sum of all δ; nil where it is small.
  package var deltaNote: String? {
    guard let clients, basic.delta * Double(clients) >= 1 else { return nil }
    return "Delta is not below 1 / clients (\(1 / Double(clients))): the publication of "
      + "\(Int(basic.delta * Double(clients))) clients' data would keep it."
  }
}

/// What the entries of a ledger come to.
package struct LedgerTotals: Encodable, Sendable {
  package var file: String
  package var people: String
  package var entries: Int
  package var reserved: Int
  /// Σε and Σδ.
  package var basic: Composition.Total
  /// All releases through one accountant, which holds if the runs were fixed beforehand; nil where they
  /// have no adjacency in common or one has no fixed releases.
  package var joint: PrivacyGuarantee?
  package var budget: LedgerBudget?
  /// By the rule of the budget.
  package var spent: Double?
  package var left: Double?
  /// Of the entry with the fewest.
  package var clients: Int?

  /// Of the ledger that a run or lifecycle is on; nil for one on none.
  package init?(of manifest: Manifest, _ folder: String) throws {
    guard let ledger = try PopulationLedger.read(of: manifest, folder) else { return nil }
    self.init(ledger)
  }

  package init(_ ledger: PopulationLedger) {
    file = ledger.path
    people = ledger.people
    let parts = ledger.entries.map(\.part)
    entries = parts.count
    reserved = ledger.entries.count { $0.state == .reserved }
    let composition = Composition(parts)
    basic = composition.basic
    clients = ledger.entries.compactMap(\.clients).min()
    budget = ledger.budget
    let delta = ledger.budget?.delta ?? parts.map(\.delta).max()
    joint = delta.flatMap(composition.joint)
    spent = ledger.budget.map { $0.spent(parts).epsilon }
    left = ledger.budget.flatMap { budget in spent.map { max(0, budget.epsilon - $0) } }
  }
}
