import Federation
import Messages
import Testing
import Wire

/// What a worker measures of phones' own models.
@Suite(.timeLimit(.minutes(10)))
struct PersonalModelTests {
  /// The evaluation of client 2 by a model that knows something, after these messages; the phone uses its
  /// own model whatever it is worth.
  static func evaluation(
    _ method: any Personalisation, _ messages: [Message] = [], heldBack: Double = 0
  ) async throws -> ClientEvaluation {
    var configuration = syntheticConfiguration()
    configuration.personalisation = PersonalisationConfiguration(method)
    configuration.personalisation.shared.heldBack = heldBack
    let (answers, error) = try await WorkerTests.conversation(
      [configuration.setup(), .model(round: 1, parameters: model(configuration))] + messages
        + [.evaluate(clients: [2], isFirst: false)])
    #expect(error == nil)
    guard case .evaluated(let evaluation) = answers.last else {
      throw WireError.unexpected("\(answers.count) answers")
    }
    return evaluation
  }

  static func model(_ configuration: Configuration) -> [Float] {
    (0..<configuration.parameterCount).map { Float($0 % 5) / 10 }
  }

  /// With steps of next to nothing the tuned model is the global one; with real ones it is another.
  @Test func fineTuningStartsFromTheGlobalModel() async throws {
    var still = FineTune()
    still.learningRate = 1e-12
    still.epochs = 1
    let same = try await Self.evaluation(still)
    #expect(same.predictors == [.federated, .personalised])
    #expect(same.tally(of: .personalised).ranking == same.tally(of: .federated).ranking)
    #expect(same.tally(of: .personalised).examples > 0)
    var quick = FineTune()
    quick.epochs = 3
    let tuned = try await Self.evaluation(quick)
    #expect(tuned.tally(of: .personalised).ranking != tuned.tally(of: .federated).ranking)
    #expect(tuned.tally(of: .federated).ranking == same.tally(of: .federated).ranking)
  }

  /// What a phone has kept is what it predicts with; one that kept nothing trains from the global model.
  @Test func aKeptModelIsMeasured() async throws {
    let configuration = syntheticConfiguration()
    let kept = Message.state(ClientState(client: 2, values: Self.model(configuration)))
    let same = try await Self.evaluation(Ditto(), [kept])
    #expect(same.tally(of: .personalised).ranking == same.tally(of: .federated).ranking)
    let ofAnother = Message.state(ClientState(client: 3, values: Self.model(configuration)))
    let trained = try await Self.evaluation(Ditto(), [ofAnother])
    #expect(trained.tally(of: .personalised).ranking != same.tally(of: .personalised).ranking)
    #expect(trained == (try await Self.evaluation(Ditto())))
  }

  /// With steps that ruin the model a phone does not use it, though it would without a choice.
  @Test func aRuinedModelIsNotChosen() async throws {
    var wild = FineTune()
    wild.learningRate = 1e6
    let (blind, careful) = (
      try await Self.evaluation(wild), try await Self.evaluation(wild, heldBack: 0.4)
    )
    let global = careful.tally(of: .federated).ranking.top1
    #expect(careful.tally(of: .personalised).ranking.top1 >= global)
    #expect(blind.tally(of: .personalised).ranking != careful.tally(of: .personalised).ranking)
  }

  @Test func aStateOfAnotherSizeIsAnError() async throws {
    var configuration = syntheticConfiguration()
    configuration.personalisation = PersonalisationConfiguration(Ditto())
    for state in [
      ClientState(client: 2, values: [1]), ClientState(client: 2, values: []),
      ClientState(client: 99, values: Self.model(configuration)),
      ClientState(client: -1, values: Self.model(configuration)),
    ] {
      let (_, error) = try await WorkerTests.conversation([
        configuration.setup(), configuration.model(), .state(state),
      ])
      #expect(error != nil)
    }
  }
}
