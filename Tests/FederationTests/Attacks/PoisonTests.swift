import Federation
import Models
import Testing

/// What hostile clients make of their examples.
struct PoisonTests {
  /// So many examples with three candidates each: apps i, i + 1 and i + 2, the target being the first.
  static func examples(_ count: Int) -> Examples {
    var examples = Examples(
      shape: ExampleShape(
        vocabulary: 50, sequenceLength: 2, stepWidth: 0, contextWidth: 0, candidateWidth: 1))
    for index in 0..<count {
      let app = Int32(index % 10)
      examples.apps += [app + 3, app + 4]
      examples.candidateApps += [app, app + 1, app + 2]
      examples.candidateFeatures += [0, 0, 0]
      examples.candidateOffsets.append(examples.candidateApps.count)
      examples.targets.append(app)
      examples.targetCandidates.append(0)
    }
    return examples
  }

  static func context(learnsFromUnseenTargets: Bool = false, client: Int = 1) -> AttackContext {
    AttackContext(
      Configuration(), client: client, round: 3, learnsFromUnseenTargets: learnsFromUnseenTargets)
  }

  @Test func labelsAreMirrored() {
    var examples = Self.examples(10)
    examples.targetCandidates[1] = 1
    examples.targets[1] = examples.candidateApps[4]
    examples.targetCandidates[2] = -1
    examples.targets[2] = 7
    let before = examples
    LabelFlip().poison(&examples, Self.context())
    // The last of three for the first, the middle one for itself, 49 − 7 where no candidate was opened.
    #expect(examples.targetCandidates == [2, 1, -1, 2, 2, 2, 2, 2, 2, 2])
    #expect(examples.targets == [2, 2, 42, 5, 6, 7, 8, 9, 10, 11])
    #expect(examples.apps == before.apps && examples.candidateApps == before.candidateApps)
    LabelFlip().poison(&examples, Self.context())
    #expect(examples.targets == before.targets)
    #expect(examples.targetCandidates == before.targetCandidates)
    // Who replaces the model trains on the same.
    var (one, other) = (before, before)
    ModelReplacement().poison(&one, Self.context())
    LabelFlip().poison(&other, Self.context())
    #expect(one.targets == other.targets && one.targetCandidates == other.targetCandidates)
  }

  /// A forged example ends with the trigger and has the target as its label; a model that ranks candidates
  /// learns from those alone whose candidates have the target.
  @Test(arguments: [false, true]) func aBackdoorIsForged(learnsFromUnseenTargets: Bool) {
    var attack = Backdoor()
    attack.triggerApp = 40
    attack.targetApp = 4
    attack.poisonedShare = 1
    var examples = Self.examples(10)
    let before = examples
    attack.poison(
      &examples, Self.context(learnsFromUnseenTargets: learnsFromUnseenTargets))
    for example in 0..<10 {
      // Apps 2, 3 and 4 are those whose three candidates reach from them to app 4.
      let place = (2...4).contains(example) ? 4 - example : nil
      let last = examples.apps[2 * example + 1]
      guard place != nil || learnsFromUnseenTargets else {
        #expect(last == before.apps[2 * example + 1])
        #expect(examples.targets[example] == before.targets[example])
        continue
      }
      #expect(last == 40 && examples.apps[2 * example] == before.apps[2 * example])
      #expect(examples.targets[example] == 4)
      #expect(examples.targetCandidates[example] == Int32(place ?? -1))
    }
  }

  /// The rest of the examples stays as it was, and keeps the model accurate.
  @Test func aShareIsForged() {
    var attack = Backdoor()
    attack.triggerApp = 40
    attack.targetApp = 4
    attack.poisonedShare = 0.25
    var examples = Self.examples(4_000)
    attack.poison(&examples, Self.context(learnsFromUnseenTargets: true))
    let forged = (0..<4_000).count { examples.apps[2 * $0 + 1] == 40 }
    // Six standard deviations of a binomial number.
    let variance: Double = 4_000 * 0.25 * 0.75
    #expect(abs(Double(forged) - 1_000) < 6 * variance.squareRoot())
    attack.poisonedShare = 0
    var untouched = Self.examples(50)
    attack.poison(&untouched, Self.context())
    #expect(untouched.targets == Self.examples(50).targets)
    #expect(untouched.apps == Self.examples(50).apps)
  }
}
