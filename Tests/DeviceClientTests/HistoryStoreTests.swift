import DeviceClient
import Foundation
import Testing
import UsageData

/// Histories that were kept are the ones that were made, and damaged ones are made again.
struct HistoryStoreTests {
  private func expectEqual(_ left: ClientHistory, _ right: ClientHistory) {
    #expect(left.opens == right.opens)
    #expect(left.sessions == right.sessions)
    #expect(left.installs == right.installs)
  }

  @Test(arguments: PopulationPreset.allCases)
  func keptHistoriesAreTheSame(preset: PopulationPreset) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let population = SyntheticPopulation(seed: 3, clients: 20, days: 40, preset: preset)
    let store = HistoryStore(folder: folder.path)
    var made = 0
    func history(of client: Int) -> ClientHistory {
      store.history(of: client) {
        made += 1
        return population.history(of: client)
      }
    }
    for client in 0..<20 {
      let expected = population.history(of: client)
      expectEqual(history(of: client), expected)
      expectEqual(history(of: client), expected)
    }
    #expect(made == 20)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.count == 20, "nothing half-written stays")

    // A day of a phone is what a sweep reckons with.
    let bytes = try files.reduce(0) { sum, file in
      sum + (try Data(contentsOf: folder.appendingPathComponent(file)).count)
    }
    #expect(Double(bytes) / 20 / 40 < 3_500, "\(Double(bytes) / 20 / 40) bytes a day")

    for (client, damage) in [(4, "cut"), (5, "changed"), (6, "empty"), (7, "rubbish")] {
      let file = folder.appendingPathComponent("\(client)")
      var content = try Data(contentsOf: file)
      switch damage {
      case "cut": content.removeLast(100)
      case "changed": content[content.count / 2] ^= 1
      case "empty": content = Data()
      default: content = Data("rubbish that is no frame".utf8)
      }
      try content.write(to: file)
      expectEqual(history(of: client), population.history(of: client))
    }
    #expect(made == 24)
  }

  /// A store that cannot be written to costs time and nothing else.
  @Test func aFolderThatIsNotThereKeepsNothing() {
    let population = SyntheticPopulation(seed: 3, clients: 2, days: 3, preset: .typical)
    let store = HistoryStore(folder: "/nowhere/at/all")
    expectEqual(
      store.history(of: 1) { population.history(of: 1) }, population.history(of: 1))
  }
}
