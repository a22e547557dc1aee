import Federation
import Foundation
import Testing

struct ServerStateTests {
  @Test func aRoundStepsAlongTheWeightedMean() throws {
    var server = Configuration().training.server
    server.learningRate = 0.5
    var state = ServerState(parameters: [1, 2], server: server)
    let updates: [([Float], Int)] = [([3, 0], 1), ([0, 4], 3)]
    var sum = UpdateSum(parameters: 2)
    for (update, weight) in updates {
      #expect(update.withUnsafeBufferPointer { sum.add($0, weight: weight) })
    }
    // The mean is (3 × 1 + 0 × 3, 0 × 1 + 4 × 3) ÷ 4 = (0.75, 3).
    let norm = try state.finishRound(with: sum)
    #expect(abs(norm - (0.75 * 0.75 + 9).squareRoot()) < 1e-12)
    #expect(state.parameters == [1.375, 3.5])
    #expect(state.round == 1)
  }

  @Test func aRoundWithoutReportsChangesNothing() throws {
    var server = Configuration().training.server
    server.optimizer = .momentum
    var state = ServerState(parameters: [1, 2], server: server)
    #expect(try state.finishRound(with: UpdateSum(parameters: 2)) == 0)
    #expect(state.parameters == [1, 2])
    #expect(state.round == 1)
  }

  @Test func survivesCodingToTheBit() throws {
    var server = Configuration().training.server
    server.optimizer = .adam
    var state = ServerState(parameters: [.pi, -0.0, .leastNonzeroMagnitude], server: server)
    var sum = UpdateSum(parameters: 3)
    #expect([0.1, -0.2, 0.3].withUnsafeBufferPointer { sum.add($0, weight: 1) })
    _ = try state.finishRound(with: sum)
    let data = try PropertyListEncoder().encode(state)
    let restored = try PropertyListDecoder().decode(ServerState.self, from: data)
    #expect(restored == state)
    #expect(restored.parameters.map(\.bitPattern) == state.parameters.map(\.bitPattern))
  }
}
