import Experiments
import Foundation
import Testing

/// `sweep.random`: settings that are drawn.
struct RandomSearchTests {
  private static let file = """
    name: drawn
    seed: 7
    sweep:
      random:
        samples: 5
        training.local.learning_rate: {from: 0.001, to: 0.1, scale: log}
        training: {cohort_size: {from: 10, to: 40}}
        training.server.optimizer: [sgd, adam, yogi]

    """

  /// Of the SHA-256 of `fedsim sweep random <seed> <number> <key path>` the first 13 hexadecimal digits over
  /// 2^52, in Python: exp(log .001 + u (log .1 − log .001)) to four digits, round(9.5 + 31 u), words[⌊3 u⌋].
  @Test func drawsFollowFromSeedNumberAndKeyAlone() throws {
    let sweep = try SweepTests.load(Self.file)
    #expect(
      sweep.points.map(\.configuration.training.local.learningRate) == [
        0.04963, 0.04086, 0.005909, 0.001574, 0.01962,
      ])
    #expect(sweep.points.map(\.configuration.training.cohortSize) == [26, 18, 18, 16, 14])
    #expect(
      sweep.points.map(\.configuration.training.server.optimizer.rawValue) == [
        "yogi", "yogi", "yogi", "yogi", "adam",
      ])
    // More of them begin with these, whatever else is varied or drawn.
    let more = try SweepTests.load(
      Self.file, ["sweep.random.samples=8", "sweep.random.training.rounds=[5, 6]", "sweep.seed=2"])
    #expect(more.points.count == 16)
    let first = more.points.filter { $0.configuration.seed == 7 }.prefix(5)
    #expect(
      first.map(\.configuration.training.local.learningRate)
        == sweep.points.map(\.configuration.training.local.learningRate))
    #expect(try SweepTests.load(Self.file, ["seed=8"]).points[0].cells != sweep.points[0].cells)
  }

  @Test func rangesAreCoveredToTheirEnds() throws {
    let sweep = try SweepTests.load(
      """
      sweep:
        random:
          samples: 400
          training.cohort_size: {from: 3, to: 6}
          training.local.momentum: {from: 0.25, to: 0.75}
          training.local.learning_rate: {from: 0.0001, to: 1, scale: log}
      """)
    let sizes = sweep.points.map(\.configuration.training.cohortSize)
    for size in 3...6 {
      // 100 expected, with a standard deviation of 8.7.
      let count = sizes.count { $0 == size }
      #expect((56...144).contains(count), "\(size): \(count)")
    }
    let momenta = sweep.points.map(\.configuration.training.local.momentum)
    #expect(momenta.allSatisfy { (0.25...0.75).contains($0) })
    #expect((150...250).contains(momenta.count { $0 < 0.5 }))
    let rates = sweep.points.map(\.configuration.training.local.learningRate)
    #expect(rates.allSatisfy { (0.0001...1).contains($0) })
    #expect(
      (150...250).contains(rates.count { $0 < 0.01 }), "half of them below the geometric mean")
  }

  @Test func aSweepOfDrawsGrowsAndStandsOnItsOwn() throws {
    let folder = try TemporaryFolder()
    let sweep = try SweepTests.load(Self.file)
    let path = "\(folder.path)/out"
    _ = try SweepFolder.enter(path, for: sweep)
    let written = try Sweep.load(path: "\(path)/sweep.yaml")
    #expect(written.points.map(\.configuration) == sweep.points.map(\.configuration))
    let larger = try SweepTests.load(Self.file, ["sweep.random.samples=12"])
    #expect(try SweepFolder.enter(path, for: larger).growth != nil)
  }

  @Test(arguments: [
    ("{training.rounds: {from: 1, to: 5}}", "samples is missing"),
    ("{samples: 3}", "nothing to draw"),
    ("{samples: 0, training.rounds: [1, 2]}", "whole number in 1"),
    ("{samples: 3, training.rounds: {from: 1}}", "no number under `to`"),
    ("{samples: 3, training.rounds: {from: 5, to: 1}}", "from a smaller number"),
    ("{samples: 3, training.rounds: {from: 1.5, to: 3}}", "from one to another"),
    ("{samples: 3, training.local.momentum: {from: 0, to: 0.5, scale: log}}", "above 0"),
    ("{samples: 3, training.local.momentum: {from: 0, to: 0.5, scale: ln}}", "linear or log"),
    ("{samples: 3, model.kind: {from: 1, to: 2}}", "give a list of values"),
    ("{samples: 3, training.rounds: 4}", "must be a range"),
    ("{samples: 3, training.round: [4, 5]}", "unknown key"),
    ("{samples: 3, training.rounds: []}", "empty list"),
  ])
  func whatCannotBeDrawnIsRefused(group: String, words: String) throws {
    let error = #expect(throws: ExperimentError.self) {
      try SweepTests.load("name: x\nsweep:\n  random: \(group)\n")
    }
    #expect(error?.code == .invalidConfiguration)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("experiment.yaml:3") == true, "\(error?.message ?? "")")
  }
}
