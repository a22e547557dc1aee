import Testing
import UsageData

/// The ceiling against what happens: 10⁵ moments of each preset and task.
struct CeilingTests {
  @Test(arguments: PopulationPreset.allCases, PredictionTask.allCases)
  func probabilitiesAreADistributionOverWhatCanHappen(
    preset: PopulationPreset, task: PredictionTask
  ) {
    let population = SyntheticPopulation(seed: 11, clients: 10, days: 21, preset: preset)
    for client in 0..<10 {
      let history = population.history(of: client)
      let moments = task.moments(in: history)
      let ceiling = population.ceiling(
        of: client, history: history, moments: moments, task: task)
      #expect(ceiling.offsets.count == moments.count + 1)
      #expect(ceiling.apps.count == ceiling.probabilities.count)
      var isSound = true
      for (index, moment) in moments.enumerated() {
        let range = ceiling.offsets[index]..<ceiling.offsets[index + 1]
        let pairs = zip(ceiling.probabilities[range], ceiling.apps[range])
        isSound = isSound && abs(ceiling.probabilities[range].reduce(0, +) - 1) < 1e-12
        isSound = isSound && ceiling.probabilities[range].allSatisfy { $0 > 0 }
        isSound = isSound && ceiling.apps[range].contains(history.opens[moment.open].app)
        isSound = isSound && Set(ceiling.apps[range]).count == range.count
        isSound =
          isSound
          && zip(pairs, pairs.dropFirst()).allSatisfy { ($1.0, -$1.1) < ($0.0, -$0.1) }
        if task == .nextApp {
          isSound = isSound && !ceiling.apps[range].contains(history.opens[moment.open - 1].app)
        }
      }
      #expect(isSound, "client \(client)")
    }
  }

  /// The same moment with the target and everything after it cut off.
  @Test(arguments: PredictionTask.allCases)
  func ceilingSeesOnlyThePast(task: PredictionTask) throws {
    let population = SyntheticPopulation(seed: 12, clients: 3, days: 10, preset: .typical)
    for client in 0..<3 {
      let history = population.history(of: client)
      let moments = task.moments(in: history)
      let whole = population.ceiling(
        of: client, history: history, moments: moments, task: task)
      for index in stride(from: 1, to: moments.count, by: 37) {
        let moment = moments[index]
        var past = history
        past.opens.removeSubrange(moment.open...)
        past.sessions.removeSubrange((moment.session + 1)...)
        past.sessions[moment.session].end = moment.time
        past.sessions[moment.session].opens = history.sessions[moment.session].opens
        past.installs.removeAll { $0.time >= moment.time }
        let cut = population.ceiling(of: client, history: past, moments: [moment], task: task)
        let range = whole.offsets[index]..<whole.offsets[index + 1]
        #expect(Array(whole.apps[range]) == cut.apps)
        #expect(Array(whole.probabilities[range]) == cut.probabilities)
      }
    }
  }

  @Test(arguments: PopulationPreset.allCases, PredictionTask.allCases)
  func statedProbabilitiesAreCalibrated(preset: PopulationPreset, task: PredictionTask) {
    let record = CalibrationRecord(preset: preset, task: task, moments: 100_000)
    for (bin, tally) in record.reliability.enumerated() where tally.variance > 25 {
      #expect(abs(tally.standardScore) < 4, "probabilities about \(Double(bin) / 20)")
    }
    #expect(record.reliability.count { $0.variance > 25 } >= 4)
    #expect(abs(record.topOne.standardScore) < 3)
    #expect(record.groups.count { $0.tally.variance > 25 } >= 5)
    for (name, tally) in record.groups where tally.events > 0 {
      #expect(abs(tally.standardScore) < 4, "\(name): \(tally.hits) of \(tally.expected)")
    }
  }

  @Test func routineIsPredictableAndTypicalIsNot() {
    let routine = CalibrationRecord(preset: .routine, task: .firstApp, moments: 50_000)
    #expect(routine.topOne.share >= 0.93)
    let typical = CalibrationRecord(preset: .typical, task: .firstApp, moments: 50_000)
    #expect((0.43...0.50).contains(typical.topOne.share))
    let erratic = CalibrationRecord(preset: .erratic, task: .firstApp, moments: 50_000)
    #expect(erratic.topOne.share < 0.35)
  }

  /// Per client, on real logs the best models reach 25–50 % top-1, with single clients between
  /// 12 and 50 %, and 65–86 % top-5; a ceiling lies a little above what a model reaches.
  @Test func typicalClientsDifferAsRealOnesDo() {
    let population = SyntheticPopulation(seed: 13, clients: 100, days: 28, preset: .typical)
    var topOne: [Double] = []
    var topFive: [Double] = []
    for client in 0..<100 {
      let history = population.history(of: client)
      let moments = PredictionTask.firstApp.moments(in: history)
      let ceiling = population.ceiling(
        of: client, history: history, moments: moments, task: .firstApp)
      var one = 0.0
      var five = 0.0
      for index in moments.indices {
        let probabilities = ceiling.probabilities[ceiling.offsets[index]...]
        one += probabilities.prefix(1).reduce(0, +)
        five += probabilities.prefix(5).reduce(0, +)
      }
      topOne.append(one / Double(moments.count))
      topFive.append(five / Double(moments.count))
    }
    topOne.sort()
    topFive.sort()
    #expect((0.12...0.40).contains(topOne[10]), "\(topOne[10])")
    #expect((0.48...0.60).contains(topOne[90]), "\(topOne[90])")
    #expect((0.43...0.50).contains(topOne.reduce(0, +) / 100))
    #expect((0.65...0.86).contains(topFive.reduce(0, +) / 100))
  }
}
