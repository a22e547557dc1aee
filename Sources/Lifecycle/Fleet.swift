import Federation
import LinearAlgebra

/// What the server knows of every phone: its version, when it was last heard of, how it did lately.
struct Fleet: Codable, Equatable, Sendable {
  /// By client; 0 is none yet.
  private var versionOf: IntegerVector
  /// By client; the last day with a connection.
  private var contactOf: IntegerVector
  /// By client; 1 for a phone that is online today.
  private var online: IntegerVector
  /// Hits and answers of the latest days, the oldest first; each by client.
  private var hits: [IntegerVector] = []
  private var answers: [IntegerVector] = []
  /// The same, summed over the days before a rollout; empty when there is none.
  private var usualHits = IntegerVector([])
  private var usualAnswers = IntegerVector([])

  init(clients: Int) {
    let none = IntegerVector([Int](repeating: 0, count: clients))
    (versionOf, contactOf, online) = (none, none, none)
  }

  var count: Int { versionOf.elements.count }

  /// Versions that some phone has.
  var versions: Set<Int> { Set(versionOf.elements).subtracting([0]) }

  func version(of client: Int) -> Int { versionOf.elements[client] }

  func isOnline(_ client: Int) -> Bool { online.elements[client] == 1 }

  /// Full days since a phone last had a connection, at the end of a day.
  func silence(of client: Int, on day: Int) -> Int { day - contactOf.elements[client] }

  // MARK: - A day

  /// A phone begins its day: it may have a connection, and then it gets the version that is meant
  /// for it.
  ///
  /// A phone that is new is delivered with the version in production.
  mutating func begin(
    _ client: Int, day: Int, _ configuration: Configuration, production: Int, wanted: Int
  ) {
    if versionOf.elements[client] == 0 {
      versionOf.elements[client] = production
      contactOf.elements[client] = day - 1
      online.elements[client] = 1
    }
    var stream = RandomStream(
      seed: configuration.seed, purpose: .connectivity, round: day, client: client)
    let lifecycle = configuration.lifecycle
    // A chain of two states whose long-run share offline is `offlineRate`.
    let back = 1 / lifecycle.offlineDays
    let away = lifecycle.offlineRate / (1 - lifecycle.offlineRate) * back
    let isOnline = isOnline(client) ? !stream.chance(away) : stream.chance(back)
    online.elements[client] = isOnline ? 1 : 0
    guard isOnline else { return }
    contactOf.elements[client] = day
    versionOf.elements[client] = wanted
  }

  /// Keeps what the phones did today, by client, for the latest `days`.
  mutating func remember(hits todayHits: [Int], answers todayAnswers: [Int], days: Int) {
    hits.append(IntegerVector(todayHits))
    answers.append(IntegerVector(todayAnswers))
    if hits.count > days {
      hits.removeFirst()
      answers.removeFirst()
    }
  }

  // MARK: - Rollouts

  /// What phones did in the latest days is what is usual for them from now on.
  mutating func beginComparison() {
    usualHits = sum(hits)
    usualAnswers = sum(answers)
  }

  mutating func endComparison() {
    usualHits = IntegerVector([])
    usualAnswers = IntegerVector([])
  }

  /// How much better than usual a phone did; nil without an answer today or before.
  func gain(of client: Int, hits: Int, answers: Int) -> Double? {
    guard answers > 0, !usualAnswers.elements.isEmpty, usualAnswers.elements[client] > 0 else {
      return nil
    }
    return Double(hits) / Double(answers)
      - Double(usualHits.elements[client]) / Double(usualAnswers.elements[client])
  }

  private func sum(_ days: [IntegerVector]) -> IntegerVector {
    var total = [Int](repeating: 0, count: count)
    for day in days {
      for client in total.indices { total[client] += day.elements[client] }
    }
    return IntegerVector(total)
  }
}
