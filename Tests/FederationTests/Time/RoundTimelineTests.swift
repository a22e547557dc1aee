import Federation
import Foundation
import LinearAlgebra
import Testing

/// Rounds by the clock alone, with durations that are drawn.
struct RoundTimelineTests {
  /// Means of a number over many rounds, and their standard errors.
  struct Sample {
    private var sum = 0.0
    private var squares = 0.0
    private var count = 0.0

    mutating func add(_ value: Double) {
      sum += value
      squares += value * value
      count += 1
    }

    var mean: Double { sum / count }
    var standardError: Double { ((squares / count - mean * mean) / count).squareRoot() }
  }

  /// One draw decides a duration; microseconds.
  static func clients(
    _ count: Int, loss: Double = 0, using stream: inout RandomStream,
    _ duration: (inout RandomStream) -> Double
  ) -> [TimedClient] {
    (0..<count).map { client in
      let time = Int((duration(&stream) * 1e6).rounded())
      let isLost = stream.chance(loss)
      return TimedClient(client: client, durations: [time], lostIn: isLost ? .input : nil)
    }
  }

  /// 130 are selected for 100: 100 are done, and who is neither done nor lost is late.
  ///
  /// Bonawitz et al. 2019 report 0.75 done, 0.22 too late and 0.02 lost.
  @Test(arguments: [(0.02, 0.211), (0.06, 0.170), (0.10, 0.131)])
  func moreThanWantedAreLateOrLost(loss: Double, expectedLate: Double) {
    var stream = RandomStream(key: (1, 2), counter: (0, 0, 0))
    var (done, late, lost) = (Sample(), Sample(), Sample())
    for _ in 0..<3_000 {
      let clients = Self.clients(130, loss: loss, using: &stream) { exp($0.normal()) }
      let round = RoundTimeline(from: 0, clients, RoundClosing(first: 100))
      done.add(Double(round.reporting.count) / 130)
      late.add(Double(round.count(.late)) / 130)
      lost.add(Double(130 - round.reporting.count - round.count(.late)) / 130)
    }
    #expect(abs(done.mean - 0.769) < 0.0005)
    #expect(abs(late.mean - expectedLate) < 0.0005 + 4 * late.standardError)
    #expect(abs(lost.mean - loss) < 4 * lost.standardError)
  }

  /// Order statistics of exponential durations: H(100), and H(130) − H(30).
  @Test func exponentialRoundsTakeHarmonicNumbers() {
    var stream = RandomStream(key: (3, 4), counter: (0, 0, 0))
    var (all, first) = (Sample(), Sample())
    for _ in 0..<20_000 {
      let clients = Self.clients(130, using: &stream) { $0.exponential() }
      all.add(Double(RoundTimeline(from: 0, Array(clients.prefix(100))).end) / 1e6)
      first.add(Double(RoundTimeline(from: 0, clients, RoundClosing(first: 100)).end) / 1e6)
    }
    #expect(abs(all.mean - 5.18737751764) < 4 * all.standardError)
    #expect(abs(first.mean - 1.45360420735) < 4 * first.standardError)
    #expect(first.standardError < 0.002)
  }

  /// The factor by which over-selection is faster, for log-normal durations of σ and 6 % lost.
  ///
  /// Expected from NumPy, `Vectors/timelines.py`.
  @Test(arguments: [(0.5, 2.287), (1.0, 5.505), (1.5, 13.93)])
  func overSelectionSavesTime(sigma: Double, expected: Double) {
    var stream = RandomStream(key: (5, UInt64(10 * sigma)), counter: (0, 0, 0))
    var (all, first) = (Sample(), Sample())
    for _ in 0..<20_000 {
      let clients = Self.clients(130, loss: 0.06, using: &stream) { exp(sigma * $0.normal()) }
      all.add(Double(RoundTimeline(from: 0, Array(clients.prefix(100))).end))
      first.add(Double(RoundTimeline(from: 0, clients, RoundClosing(first: 100)).end))
    }
    let ratio = all.mean / first.mean
    let relative =
      all.standardError / all.mean + first.standardError / first.mean + 0.005
    #expect(abs(ratio / expected - 1) < 3 * relative, "\(ratio)")
  }

  @Test func equalDurationsDiscardByClientAlone() {
    let clients = [9, 3, 7, 1].map { TimedClient(client: $0, durations: [50]) }
    let round = RoundTimeline(from: 10, clients, RoundClosing(first: 2))
    #expect(round.reporting == [1, 3])
    #expect(round.end == 60)
    #expect(round.count(.late) == 2)
    #expect(round.wasted(besides: Set(round.reporting)) == 100)
  }

  @Test func aDeadlineEndsTheWait() {
    let clients = [
      TimedClient(client: 0, durations: [10]), TimedClient(client: 1, durations: [30]),
      TimedClient(client: 2, durations: [31]),
    ]
    let round = RoundTimeline(from: 100, clients, RoundClosing(deadline: 30))
    #expect(round.reporting == [0, 1])
    #expect(round.end == 130)
    #expect(round.absences[2]?.reason == .late)
    // Nobody is waited for any longer: the round is over before the deadline.
    #expect(
      RoundTimeline(from: 100, Array(clients.prefix(1)), RoundClosing(deadline: 30)).end == 110)
    // Of too few for the wanted number, those count that came until the deadline.
    let wanted = RoundTimeline(from: 0, clients, RoundClosing(first: 3, deadline: 20))
    #expect(wanted.reporting == [0] && wanted.end == 20)
  }

  @Test func phonesThatLeaveAreInterrupted() {
    let clients = [
      TimedClient(client: 0, durations: [10], availableUntil: nil),
      TimedClient(client: 1, durations: [10], availableUntil: 104),
      TimedClient(client: 2, durations: [10], availableUntil: 110),
      TimedClient(client: 3, durations: [10], availableUntil: 100),
    ]
    let round = RoundTimeline(from: 100, clients)
    #expect(round.reporting == [2])
    #expect(round.absences[0]?.reason == .unavailable)
    #expect(round.absences[1]?.reason == .interrupted)
    #expect(round.absences[3]?.reason == .unavailable)
    #expect(round.end == 110)
    #expect(round.wasted(besides: [2]) == 4)
  }

  /// Every stage waits for those who are still there; a late phone is missing from the stage it is late in on.
  @Test func stagesFollowEachOther() {
    let stages: [AggregationStage] = [.keys, .shares, .input, .unmasking]
    let clients = [
      TimedClient(client: 0, durations: [1, 2, 10, 1]),
      TimedClient(client: 1, durations: [3, 1, 10, 1]),
      TimedClient(client: 2, durations: [1, 1, 50, 1]),
      TimedClient(client: 3, durations: [1, 1, 12, 9], availableUntil: 20),
      TimedClient(client: 4, durations: [99, 1, 1, 1]),
    ]
    let round = RoundTimeline(
      from: 0, clients, stages: stages, RoundClosing(deadline: 40))
    // keys end at the deadline for client 4; the rest comes too late for everybody.
    #expect(round.end == 40 && round.reporting.isEmpty)
    let four = RoundTimeline(
      from: 0, Array(clients.prefix(4)), stages: stages, RoundClosing(deadline: 40))
    // keys 0…3, shares 3…5, input 5…40 as client 2 is late, unmasking 40…41.
    #expect(four.reporting == [0, 1, 3])
    #expect(four.absences[2]?.stage == .input && four.absences[2]?.reason == .late)
    #expect(four.absences[3]?.stage == .unmasking && four.absences[3]?.reason == .interrupted)
    #expect(four.end == 41)
    let first = RoundTimeline(
      from: 0, Array(clients.prefix(4)), stages: stages, RoundClosing(first: 2))
    #expect(first.reporting == [0, 1])
    #expect(first.end == 16)
  }
}
