import DeviceClient
import Federation
import Testing
import UsageData

/// When simulated phones may train.
struct RestTests {
  private static let clients = 300
  private static let population = SyntheticPopulation(
    seed: 1, clients: clients, days: 28, preset: .typical)

  /// Mean number of available phones by the hour of the day, as a share of all.
  private static func byHour(_ rule: PhoneAvailability) -> [Double] {
    var seconds = [Int](repeating: 0, count: 24)
    for client in 0..<clients {
      let rests = population.history(of: client).rests(
        by: rule, of: client, seed: 1, since: SyntheticPopulation.start)
      for rest in rests {
        var time = rest.lowerBound
        while time < rest.upperBound {
          let end = min(rest.upperBound, (time / 3_600 + 1) * 3_600)
          seconds[time / 3_600 % 24] += end - time
          time = end
        }
      }
    }
    return seconds.map { Double($0) / (28 * 3_600) / Double(clients) }
  }

  /// Four times as many phones at the best hour, which is at night, as at the worst.
  ///
  /// So Bonawitz et al. 2019; FeLiX (2026) has 15 to 50 % of the phones on average.
  @Test func availabilitySwingsByFourOverTheDay() throws {
    let hours = Self.byHour(PhoneAvailability())
    let (most, least) = (try #require(hours.max()), try #require(hours.min()))
    #expect(abs(most / least - 4) < 0.3, "\(most / least)")
    let best = try #require(hours.firstIndex(of: most))
    #expect(best < 6 || best >= 22)
    #expect((0.15...0.5).contains(hours.reduce(0, +) / 24))
  }

  @Test func restsAreInOrderAndFollowTheRule() {
    var rule = PhoneAvailability()
    rule.unloggedCharging = 0
    let history = Self.population.history(of: 3)
    let start = SyntheticPopulation.start
    let rests = history.rests(by: rule, of: 3, seed: 1, since: start)
    #expect(!rests.isEmpty)
    #expect(zip(rests, rests.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    for rest in rests {
      let before = history.sessions.last { $0.end <= start + Int64(rest.lowerBound) }
      #expect(before?.end == start + Int64(rest.lowerBound - rule.idleSeconds))
      #expect(before?.context.isCharging == true && before?.context.network == .wifi)
      #expect(history.sessions.contains { $0.start == start + Int64(rest.upperBound) })
    }
    let more = history.rests(by: PhoneAvailability(), of: 3, seed: 1, since: start)
    #expect(Set(more).isSuperset(of: rests) && more.count > rests.count)
  }
}
