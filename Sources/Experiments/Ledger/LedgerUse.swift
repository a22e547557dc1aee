import Federation
import Foundation
import Glibc
import Privacy
import Storage

/// Which line of which ledger tells of a run; part of its manifest.
package struct LedgerMark: Codable, Equatable, Sendable {
  package var file: String
  /// Drawn when the run began.
  package var entry: String
  /// SHA-256 of the line that reserved what it may spend; nil until that is written.
  package var line: String?

  package init(file: String) {
    self.file = file
    entry = (0..<2).map { _ in
      let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// What an experiment does with the ledger of its people.
package struct LedgerUse {
  package let file: String
  let people: String
  private let clients: Int
  /// Of the experiment file; nil where it gives none.
  let budget: LedgerBudget?

  /// Nil without `privacy.ledger`.
  ///
  /// - Parameters:
  ///   - clients: registered clients of the population.
  ///   - contentHash: of an imported log.
  package init?(_ configuration: Configuration, clients: Int, contentHash: String?) {
    guard let file = configuration.privacy.ledger.value else { return nil }
    self.file = file
    self.clients = clients
    people = People.name(of: configuration, contentHash: contentHash)
    let wanted = configuration.privacy.ledgerBudget
    budget = wanted.epsilon.value.map {
      LedgerBudget(
        epsilon: $0,
        // Some runs at the usual δ, and still less than one person in all.
        delta: wanted.delta.value ?? min(5e-5, 0.5 / Double(clients)),
        composition: wanted.composition == .renyi ? .renyi : .basic)
    }
  }

  /// Throws when these parts have no room on the ledger; writes nothing.
  ///
  /// - Parameter runs: folders whose entries count as these parts.
  package func check(_ parts: [Composition.Part], runs: Set<String> = []) throws {
    let kind = try FileKind.of(file, followingLinks: false)
    guard kind == nil || kind == .file else {
      throw ExperimentError(
        .invalidConfiguration,
        "privacy.ledger: \(file) is a folder, a link or a device; give the name of a file.")
    }
    let folder = AtomicFile.folder(of: file)
    if kind == nil, try FileKind.of(folder) == .folder, access(folder, W_OK) != 0 {
      throw ExperimentError(
        .invalidConfiguration,
        "privacy.ledger: nothing can be written into \(folder); keep the ledger elsewhere.")
    }
    if let budget, budget.delta * Double(clients) >= 1 {
      throw ExperimentError(
        .invalidConfiguration,
        "privacy.ledger_budget.delta: must be below 1 / clients (\(1 / Double(clients)) with \(clients) "
          + "clients), as a delta of one run must.")
    }
    guard let data = try Digest.contents(of: file, limit: StorageLimit.table) else {
      return try PopulationLedger(path: file, text: begun()).require(parts, own: budget)
    }
    let text = try LedgerText(data, path: file)
    let ledger = try PopulationLedger(path: file, text: text.records.isEmpty ? begun() : text)
    try check(ledger)
    let known = ledger.entries.filter { runs.contains($0.run) }.map(\.entry)
    try ledger.require(parts, own: budget, except: Set(known))
  }

  /// Throws unless its people are these.
  func require(people wanted: String) throws {
    guard people != wanted else { return }
    throw ExperimentError(
      .invalidConfiguration,
      "\(file): cannot be the ledger of two groups of people ('\(wanted)' and '\(people)'); set "
        + "population.seed, so that another seed draws no other people, or leave the ledger out.")
  }

  private func check(_ ledger: PopulationLedger) throws {
    try ledger.require(people: people)
    guard let own = budget, let known = ledger.budget, own != known else { return }
    throw ExperimentError(
      .invalidConfiguration,
      "\(file): has a budget of epsilon \(known.epsilon) at delta \(known.delta) by "
        + "\(known.composition.rawValue) composition, which no run changes; give the same "
        + "privacy.ledger_budget, or leave it out.")
  }

  /// Reserves what a run may spend, once; returns its mark with the line that says so.
  package func reserve(
    _ part: Composition.Part, for mark: LedgerMark, run: String, name: String, configHash: String
  ) throws -> LedgerMark {
    let (open, text, ledger) = try opened(isNew: mark.line == nil)
    var mark = mark
    if let line = mark.line {
      guard ledger.digests.contains(line) else { throw lost(run) }
      return mark
    }
    guard ledger.entry(mark.entry) == nil else {
      // Written by a process that was killed before it could take that down.
      mark.line = ledger.reserved[mark.entry]
      return mark
    }
    try ledger.require([part], own: budget)
    var records = first(text, ledger)
    records.append(
      LedgerRecord(
        kind: .reserve, time: Date(), entry: mark.entry, run: run, name: name,
        configHash: configHash, clients: clients, part: part))
    mark.line = try open.append(records, to: text)
    return mark
  }

  /// Writes what a run has spent, once.
  package func settle(_ part: Composition.Part, for mark: LedgerMark, run: String) throws {
    let (open, text, ledger) = try opened(isNew: false)
    guard let entry = ledger.entry(mark.entry) else { throw lost(run) }
    guard entry.state != .settled || entry.part != part else { return }
    try open.append(
      [LedgerRecord(kind: .settle, time: Date(), entry: mark.entry, part: part)], to: text)
  }

  private func lost(_ run: String) -> ExperimentError {
    ExperimentError(
      .badData,
      "\(file): has lost the entry of \(run); restore the ledger from a copy that has it.")
  }

  /// - Parameter isNew: whether the file may be made.
  private func opened(isNew: Bool) throws -> (LedgerFile, LedgerText, PopulationLedger) {
    let open = try LedgerFile(file, isNew: isNew)
    let text = try open.text()
    let ledger = try PopulationLedger(path: file, text: text.records.isEmpty ? begun() : text)
    try check(ledger)
    return (open, text, ledger)
  }

  /// The lines that a ledger begins with, where they are not there yet.
  private func first(_ text: LedgerText, _ ledger: PopulationLedger) -> [LedgerRecord] {
    var records: [LedgerRecord] = []
    if text.records.isEmpty {
      records.append(LedgerRecord(kind: .people, time: Date(), people: people))
    }
    if let budget, ledger.budget == nil {
      records.append(LedgerRecord(kind: .budget, time: Date(), budget: budget))
    }
    return records
  }

  /// An empty ledger of these people.
  private func begun() throws -> LedgerText {
    var text = try LedgerText(Data(), path: file)
    text.add(LedgerRecord(kind: .people, time: Date(), people: people), digest: text.digest)
    return text
  }
}
