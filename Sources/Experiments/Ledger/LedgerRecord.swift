import Foundation
import Privacy
import Storage

/// One line of a ledger.
package struct LedgerRecord: Codable, Equatable {
  enum Kind: String, Codable {
    /// The first line: whose ledger it is.
    case people
    case budget
    /// What a run may spend at most; written before it does.
    case reserve
    /// What it has spent.
    case settle
  }

  var kind: Kind
  var time: Date
  /// Of `people`.
  var people: String?
  /// Of `budget`.
  var budget: LedgerBudget?
  /// Of `reserve` and `settle`: which run, by a number drawn when it began.
  var entry: String?
  var run: String?
  var name: String?
  var configHash: String?
  /// Of `reserve`: registered clients.
  var clients: Int?
  var part: Composition.Part?
}

/// What all runs on a ledger may spend together.
package struct LedgerBudget: Codable, Equatable, Sendable {
  package enum Rule: String, Codable, Sendable, CaseIterable {
    /// Σε and Σδ.
    case basic
    /// Rényi divergences of one order, which follows from the budget alone.
    case renyi
  }

  package var epsilon: Double
  package var delta: Double
  package var composition: Rule

  /// The order at which a Gaussian that spends the whole budget is converted best, as a whole number:
  /// integer noise has no others.
  var order: Double {
    let logarithm = -log(delta)
    let root = (logarithm + epsilon).squareRoot() - logarithm.squareRoot()
    return min(256, max(2, (1 + logarithm.squareRoot() / root).rounded()))
  }

  /// What parts spend by this rule; infinite where it knows no bound.
  func spent(_ parts: [Composition.Part]) -> (epsilon: Double, delta: Double) {
    let composition = Composition(parts)
    switch self.composition {
    case .basic: return (composition.basic.epsilon, composition.basic.delta)
    case .renyi:
      return (composition.filtered(order: order, delta: delta) ?? .infinity, delta)
    }
  }

  /// Whether parts are within it, but for the rounding of a sum.
  func allows(_ parts: [Composition.Part]) -> Bool {
    let spent = spent(parts)
    return spent.epsilon <= epsilon * (1 + 1e-12) && spent.delta <= delta * (1 + 1e-12)
  }
}

/// The lines of a ledger: each begins with the SHA-256 of the one before and of what follows in it, so
/// that no line can be changed, left out or put elsewhere without all after it.
package struct LedgerText {
  package private(set) var records: [LedgerRecord] = []
  /// Of the last line.
  private(set) var digest = String(repeating: "0", count: 64)
  /// Of every line.
  private(set) var digests: [String] = []
  /// Bytes of whole lines; what follows was being written when its writer was killed, and was never
  /// counted on.
  private(set) var size = 0

  /// Throws for a line that is not as it was written.
  package init(_ data: Data, path: String) throws {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    var rest = data[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[rest.startIndex..<end]
      let (own, content) = (line.prefix(64), line.dropFirst(65))
      guard line.count > 65, line[line.startIndex + 64] == UInt8(ascii: " "),
        Self.digest(of: content, after: digest) == String(decoding: own, as: UTF8.self),
        let record = try? decoder.decode(LedgerRecord.self, from: Data(content)),
        (record.kind == .people) == records.isEmpty
      else {
        throw ExperimentError(
          .badData,
          "\(path):\(records.count + 1): is not the line that was written here; restore the ledger from a "
            + "copy.")
      }
      digest = String(decoding: own, as: UTF8.self)
      digests.append(digest)
      records.append(record)
      rest = rest[(end + 1)...]
      size = data.count - rest.count
    }
    guard rest.isEmpty || isCut(rest) else {
      throw ExperimentError(
        .badData,
        "\(path):\(records.count + 1): is no line of a ledger of privacy; restore it from a copy, or give "
          + "privacy.ledger the name of a file of its own.")
    }
  }

  /// Whether bytes can be the beginning of a line that somebody was about to write.
  private func isCut(_ bytes: Data) -> Bool {
    // A power cut may leave zeros in the place of what was not written yet.
    if !records.isEmpty, bytes.allSatisfy({ $0 == 0 }) { return true }
    let digits = bytes.prefix(64)
    return digits.allSatisfy {
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
    }
      && Data(" {".utf8).starts(with: bytes.dropFirst(64).prefix(2))
  }

  /// Takes a record for the next line.
  mutating func add(_ record: LedgerRecord, digest: String) {
    records.append(record)
    digests.append(digest)
    self.digest = digest
  }

  /// The next line.
  func line(_ record: LedgerRecord) throws -> (text: Data, digest: String) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    let content = try encoder.encode(record)
    let own = Self.digest(of: content, after: digest)
    return (Data("\(own) ".utf8) + content + Data("\n".utf8), own)
  }

  private static func digest(of content: Data, after digest: String) -> String {
    Digest.of(Data("\(digest)\n".utf8) + content)
  }
}
