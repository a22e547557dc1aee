import Statistics
import Testing

/// What one client may weigh in a mean over predictions; expected values are worked out by hand.
struct ClientWeightsTests {
  @Test func weightsFollowTheMedianClient() throws {
    // Of 1, 2, 4 and 90 the median client has 2: with a limit of 2 it takes 4 to count like 4.
    #expect(ClientWeights.limited([90, 1, 4, 2], to: 2) == [4.0 / 90, 1, 1, 1])
    #expect(ClientWeights.limited([4, 1, 4, 2], to: 2) == nil)
    #expect(ClientWeights.limited([90, 1, 4, 2], to: nil) == nil)
    #expect(ClientWeights.limited([], to: 1) == nil)
    #expect(ClientWeights.limited([90], to: 1) == nil)
    // A client without predictions is nobody's neighbour.
    #expect(ClientWeights.limited([0, 0, 0, 90, 1, 2], to: 2) == [1, 1, 1, 4.0 / 90, 1, 1])
    #expect(ClientWeights.limited([0, 0], to: 2) == nil)
  }

  @Test func ofTwoClientsTheSmallerIsTheMedian() {
    #expect(ClientWeights.limited([10, 10_000], to: 4) == [1, 40.0 / 10_000])
  }

  @Test func aShareIsUnusualAmongManyClients() throws {
    let ordinary = [Double](repeating: 100, count: 39)
    let share = try #require(ClientWeights.unusualShare(ordinary + [400]))
    #expect(abs(share - 400.0 / 4_300) < 1e-12)
    // A client of two and a half times the others, as synthetic populations have; few clients; a share
    // below 5 %.
    #expect(ClientWeights.unusualShare(ordinary + [250]) == nil)
    #expect(ClientWeights.unusualShare([Double](repeating: 100, count: 10) + [1_000]) == nil)
    #expect(ClientWeights.unusualShare([Double](repeating: 100, count: 99) + [400]) == nil)
    #expect(ClientWeights.unusualShare([]) == nil)
  }
}
