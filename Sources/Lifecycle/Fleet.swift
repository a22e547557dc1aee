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
  /// The same, summed over the days before a rollout, and since then as far as phones have reported;
  /// empty when there is none.
  private var usualHits = IntegerVector([])
  private var usualAnswers = IntegerVector([])
  private var newHits = IntegerVector([])
  private var newAnswers = IntegerVector([])
  /// By client: its place in the order in which phones get the candidate.
  private var rankOf = IntegerVector([])

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
    let isNew = versionOf.elements[client] == 0
    if isNew {
      versionOf.elements[client] = production
      contactOf.elements[client] = day - 1
    }
    var stream = RandomStream(
      seed: configuration.seed, purpose: .connectivity, round: day, client: client)
    let lifecycle = configuration.lifecycle
    // A chain of two states whose long-run share offline is `offlineRate`.
    let back = 1 / lifecycle.offlineDays
    let away = lifecycle.offlineRate / (1 - lifecycle.offlineRate) * back
    let isOnline =
      if isNew {
        !stream.chance(lifecycle.offlineRate)
      } else if isOnline(client) {
        !stream.chance(away)
      } else {
        stream.chance(back)
      }
    online.elements[client] = isOnline ? 1 : 0
    guard isOnline else { return }
    contactOf.elements[client] = day
    guard versionOf.elements[client] != wanted else { return }
    versionOf.elements[client] = wanted
    guard !newAnswers.elements.isEmpty else { return }
    // What it reports from now on is of another version.
    newHits.elements[client] = 0
    newAnswers.elements[client] = 0
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

  /// Phones that have a candidate whatever its share: one or two could tell nothing.
  private static let fewest = 3

  /// What phones did in the latest days is what is usual for them, and an order is drawn.
  mutating func beginComparison(of candidate: Int, seed: UInt64) {
    usualHits = sum(hits)
    usualAnswers = sum(answers)
    newHits = IntegerVector([Int](repeating: 0, count: count))
    newAnswers = newHits
    var stream = RandomStream(seed: seed, purpose: .rolloutOrder, round: candidate)
    var order = Array(0..<count)
    stream.shuffle(&order)
    // Phones that are not in use yet could not try anything.
    order = order.filter { version(of: $0) > 0 } + order.filter { version(of: $0) == 0 }
    rankOf = newHits
    for (rank, client) in order.enumerated() { rankOf.elements[client] = rank }
  }

  mutating func endComparison() {
    for vector in [\Fleet.usualHits, \.usualAnswers, \.newHits, \.newAnswers, \.rankOf] {
      self[keyPath: vector] = IntegerVector([])
    }
  }

  /// Of a phone in the order of a rollout, in [0, 1): the first ones get the candidate first.
  func position(of client: Int) -> Double {
    Double(max(0, rankOf.elements[client] + 1 - Self.fewest)) / Double(count)
  }

  /// Adds what a phone reports of a day.
  mutating func report(hits: Int, answers: Int, from client: Int) {
    guard !newAnswers.elements.isEmpty else { return }
    newHits.elements[client] += hits
    newAnswers.elements[client] += answers
  }

  /// How much better than usual a phone has done with the version it has, as far as it has reported;
  /// nil as long as it has not, or nothing is usual.
  func gain(of client: Int) -> Double? {
    let answers = newAnswers.elements[client]
    let usual = usualAnswers.elements[client]
    guard answers > 0, usual > 0 else { return nil }
    return Double(newHits.elements[client]) / Double(answers)
      - Double(usualHits.elements[client]) / Double(usual)
  }

  private func sum(_ days: [IntegerVector]) -> IntegerVector {
    var total = [Int](repeating: 0, count: count)
    for day in days {
      for client in total.indices { total[client] += day.elements[client] }
    }
    return IntegerVector(total)
  }
}
