import Federation
import Foundation
import LinearAlgebra
import Models
import TestSupport
import Testing

/// Training without a barrier: the order of events, and FedBuff on top of it.
struct FlightsTests {
  /// Clients that train without pause, each with its own duration (FedBuff, goal 2, exponent 0.5): time, client,
  /// staleness, version and model after each arrival, from reference_algorithms.txt.
  ///
  /// There, of two arrivals in one moment the first begins anew before the second makes a version. Here one moment is
  /// one step, so the others arrive a microsecond later.
  @Test func theEventTableOfFedBuff() throws {
    var schedule = Buffered()
    schedule.goal = 2
    schedule.concurrency = 3
    var problem = QuadraticProblem(FedAvg()) {
      $0.schedule.value = schedule
      $0.training.cohortSize = 2
    }
    let durations = [1_000_000, 2_500_001, 4_000_002]
    var (flights, now) = (Flights(), 0)
    var models: [Int: [Float]] = [:]
    var events: [String] = []
    var local = LocalRound(problem.plan, model: QuadraticProblem.model)
    while problem.state.round < 7 {
      let version = problem.state.round
      models[version] = problem.state.parameters
      flights.advance(version: version, now: &now, Buffering(goal: 2, concurrency: 3)) {
        places, now, flights in
        let free = (0..<3).filter { client in
          !flights.inFlight.contains { $0.client == client }
        }
        #expect(free.count == places)
        return free.map {
          Flights.Flight(client: $0, version: version, start: now, end: now + durations[$0])
        }
      }
      let updates = flights.release().updates
      #expect(updates.count == 2)
      var sum = UpdateSum(parameters: 1)
      for update in updates {
        let staleness = version - update.version
        _ = local.report(
          of: update.client, round: update.version + 1, RoundParameters(),
          from: try #require(models[update.version]),
          on: QuadraticProblem.examples(of: update.client, count: 1),
          weight: Float(schedule.weight(staleness: staleness)), with: ExactGrid(length: 1),
          into: &sum)
      }
      var received = RoundSum(.steps(sum.values), weight: sum.weight, count: sum.count)
      _ = try problem.state.release(&received, norms: nil, problem.plan)
      _ = problem.state.finishRound(
        along: received.mean, problem.plan, population: 3, reported: received.count)
      events += updates.map {
        let time = (Double($0.end) / 1e5).rounded() / 10
        return "\(time) \($0.client) \(version - $0.version)"
      }
      let expected = [
        0.59049, 0.944986251177, 0.21904007906, 0.549864201407, 0.405563334928, 0.90492198188,
        0.438572800852,
      ]
      #expect(abs(Double(problem.state.parameters[0]) - expected[version]) < 5e-7)
    }
    #expect(
      events == [
        "1.0 0 0", "2.0 0 0", "2.5 1 1", "3.0 0 0", "4.0 0 0", "4.0 2 2", "5.0 0 1", "5.0 1 2",
        "6.0 0 1", "7.0 0 0", "7.5 1 1", "8.0 0 0", "8.0 2 3", "9.0 0 0",
      ])
  }

  /// Staleness and rate with log-normal durations of σ = 1.
  ///
  /// The mean is (concurrency − 1) ÷ goal, and updates come at concurrency ÷ the mean duration. The 99th
  /// percentiles are those of `Vectors/timelines.py`.
  @Test(arguments: [(100, 10, 62), (50, 25, 12), (200, 100, 12)])
  func stalenessIsConcurrencyOverGoal(concurrency: Int, goal: Int, p99: Int) {
    var stream = RandomStream(key: (7, UInt64(concurrency)), counter: (0, 0, 0))
    var (flights, now, next) = (Flights(), 0, 0)
    var staleness: [Int] = []
    let versions = 400_000 / goal
    var start = 0
    for version in 0..<versions {
      if version == versions / 10 { start = now }
      flights.advance(
        version: version, now: &now, Buffering(goal: goal, concurrency: concurrency)
      ) { places, now, _ in
        (0..<places).map { _ in
          next += 1
          let duration = Int((exp(stream.normal()) * 1e6).rounded())
          return Flights.Flight(client: next, version: version, start: now, end: now + duration)
        }
      }
      let updates = flights.release().updates
      if version >= versions / 10 { staleness += updates.map { version - $0.version } }
    }
    let mean = Double(staleness.reduce(0, +)) / Double(staleness.count)
    #expect(abs(mean / (Double(concurrency) / Double(goal)) - 1) < 0.025, "\(mean)")
    #expect(abs(mean / (Double(concurrency - 1) / Double(goal)) - 1) < 0.01, "\(mean)")
    var virtual = VirtualRecord(end: 0, late: 0, interrupted: 0, wasted: 0)
    virtual.staleness = staleness.sorted()
    #expect(abs((virtual.stalenessP99 ?? 0) - p99) <= max(1, p99 / 30))
    let rate = Double(staleness.count) / (Double(now - start) / 1e6)
    #expect(abs(rate * exp(0.5) / Double(concurrency) - 1) < 0.02)
  }

  @Test func whatIsTooStaleOrLostIsCounted() {
    var interrupted = Flights.Flight(client: 2, version: 0, start: 0, end: 5)
    interrupted.isInterrupted = true
    var lost = Flights.Flight(client: 3, version: 0, start: 0, end: 6)
    lost.isLost = true
    let slow = Flights.Flight(client: 1, version: 0, start: 0, end: 20)
    let fast = Flights.Flight(client: 4, version: 0, start: 0, end: 10)
    var (flights, now) = (Flights(), 0)
    let buffering = Buffering(goal: 1, concurrency: 4, maximumStaleness: 1)
    flights.advance(version: 0, now: &now, buffering) { places, _, _ in
      places == 4 ? [slow, interrupted, lost, fast] : []
    }
    #expect(now == 10)
    let first = flights.release()
    #expect(first.updates == [fast] && first.started == 4)
    #expect(first.losses.interrupted == 1 && first.losses.lost == 1 && first.losses.stale == 0)
    #expect(first.losses.wasted == 11)
    #expect(flights.inFlight == [slow] && flights.versions == [0])
    #expect(flights.isBusy(1) && !flights.isBusy(4))
    // Two versions later its update is thrown away.
    flights.advance(version: 2, now: &now, buffering) { _, now, _ in
      now < 20 ? [] : [Flights.Flight(client: 5, version: 2, start: now, end: now + 30)]
    }
    let second = flights.release()
    #expect(second.losses.stale == 1 && second.losses.wasted == 20)
    #expect(second.updates.map(\.client) == [5] && now == 50)
  }

  /// A model is kept as long as somebody trains from it.
  @Test func modelsAreKeptForThoseWhoTrain() throws {
    var problem = QuadraticProblem(FedAvg())
    var (flights, now) = (Flights(), 0)
    let buffering = Buffering(goal: 1, concurrency: 2)
    flights.advance(version: 0, now: &now, buffering) { _, _, _ in
      [
        Flights.Flight(client: 1, version: 0, start: 0, end: 1),
        Flights.Flight(client: 2, version: 0, start: 0, end: 9),
      ]
    }
    let base = problem.state.baseModels(of: flights.release().updates)
    #expect(base.models.isEmpty)
    #expect(base.starts == [RoundParameters.Start(client: 1, model: 0, staleness: 0)])
    problem.state.keep(flights)
    #expect(problem.state.keptModels?.map(\.version) == [0])
    try problem.next()
    flights.advance(version: 1, now: &now, buffering) { _, _, _ in [] }
    let later = problem.state.baseModels(of: flights.release().updates)
    #expect(later.models == [[1]])
    #expect(later.starts == [RoundParameters.Start(client: 2, model: 1, staleness: 1)])
    problem.state.keep(flights)
    #expect(problem.state.keptModels == [])
  }
}
