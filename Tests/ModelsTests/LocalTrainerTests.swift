import LinearAlgebra
import Models
import Testing

struct LocalTrainerTests {
  static let shape = ExampleShape(
    vocabulary: 9, sequenceLength: 3, stepWidth: 2, contextWidth: 4, candidateWidth: 3)
  let model = LSTM(shape: shape, embeddingWidth: 4, hidden: 6)

  func start(seed: UInt64 = 1) -> [Float] {
    var stream = RandomStream(seed: seed, purpose: .initialParameters)
    return randomParameters(model.layout.count, using: &stream)
  }

  func examples(_ count: Int, seed: UInt64 = 1) -> Examples {
    var stream = RandomStream(seed: seed, purpose: .benchmarkData)
    return randomExamples(Self.shape, count: count, maximumCandidates: 5, using: &stream)
  }

  /// Plain SGD over shuffled batches, written out.
  @Test func stepsFollowTheShuffledOrder() {
    let examples = examples(11)
    var expected = start()
    var order = Array(0..<Int32(11))
    var stream = RandomStream(seed: 3, purpose: .exampleOrder, client: 8)
    var lossSum: Float = 0
    for epoch in 0..<2 {
      stream.shuffle(&order)
      for batch in [order[0..<4], order[4..<8], order[8..<11]] {
        let (loss, gradient) = evaluate(model, expected, examples, batch: Array(batch))
        for index in expected.indices { expected[index] -= 0.25 * gradient[index] }
        if epoch == 0 { lossSum += loss * Float(batch.count) }
      }
    }

    var parameters = start()
    var trainer = LocalTrainer(
      model: model, optimizer: ClientOptimizer(learningRate: 0.25), batchSize: 4)
    stream = RandomStream(seed: 3, purpose: .exampleOrder, client: 8)
    let training = trainer.train(&parameters, on: examples, epochs: 2, shuffledBy: &stream)
    #expect(training.steps == 6)
    #expect(abs(training.loss - Double(lossSum / 11)) < 1e-6)
    #expect(zip(parameters, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// A model with a way of its own to descend takes the very steps that its gradient tells.
  @Test(arguments: modelNames)
  func descendingIsSteppingAlongTheGradient(name: String) {
    // Four panels, one more with a rest, and batches of uneven size.
    let shape = ExampleShape(
      vocabulary: 77, sequenceLength: 3, stepWidth: 2, contextWidth: 21, candidateWidth: 3)
    check(makeModel(name, shape, embedding: 4, hidden: 6))

    func check<M: Model>(_ model: M) {
      var stream = RandomStream(seed: 9, purpose: .benchmarkData)
      let examples = randomExamples(shape, count: 29, maximumCandidates: 5, using: &stream)
      let start = randomParameters(model.layout.count, using: &stream)
      var order = Array(0..<Int32(29))
      stream.shuffle(&order)
      let (size, keep, rate): (Int, Float, Float) = (12, 0.98, 0.3)
      var workspace = model.makeWorkspace(batch: size)

      // Without a drift after one with it: what is packed of one client does not reach the next.
      let drift = randomParameters(model.layout.count, using: &stream)
      for drift in [drift, nil] {
        var expected = start
        var losses = 0.0
        for first in Swift.stride(from: 0, to: 29, by: size) {
          let batch = Array(order[first..<min(first + size, 29)])
          let (loss, gradient) = evaluate(model, expected, examples, batch: batch, &workspace)
          for index in expected.indices {
            let slope = drift.map { gradient[index] + $0[index] } ?? gradient[index]
            expected[index] = keep * expected[index] - rate * slope
          }
          losses += Double(loss) * Double(batch.count)
        }
        var parameters = [Float](repeating: .nan, count: start.count)
        var gradient = parameters
        let found = order.withUnsafeBufferPointer { order in
          (drift ?? []).withUnsafeBufferPointer {
            model.descend(
              from: start, to: &parameters, examples, order: order, batchSize: size, keep: keep,
              rate: rate, drift: drift == nil ? nil : $0.baseAddress, gradient: &gradient,
              &workspace)
          }
        }
        #expect(found == losses)
        #expect(parameters.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }

  /// What another client left in the buffers, momentum included, does not reach the next.
  @Test func clientsDoNotTouchEachOther() {
    let optimizer = ClientOptimizer(learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
    var fresh = LocalTrainer(model: model, optimizer: optimizer, batchSize: 4)
    var used = LocalTrainer(model: model, optimizer: optimizer, batchSize: 4)
    var other = start(seed: 2)
    var stream = RandomStream(seed: 4, purpose: .exampleOrder)
    _ = used.train(&other, on: examples(13, seed: 2), epochs: 3, shuffledBy: &stream)

    var first = start()
    var second = start()
    stream = RandomStream(seed: 5, purpose: .exampleOrder)
    let firstTraining = fresh.train(&first, on: examples(7), epochs: 2, shuffledBy: &stream)
    stream = RandomStream(seed: 5, purpose: .exampleOrder)
    let secondTraining = used.train(&second, on: examples(7), epochs: 2, shuffledBy: &stream)
    #expect(first.map(\.bitPattern) == second.map(\.bitPattern))
    #expect(firstTraining == secondTraining)
  }

  @Test func onlyChosenExamplesTeach() {
    let all = examples(9)
    var changed = all
    changed.targets[4] = (changed.targets[4] + 1) % 9
    let chosen: [Int32] = [0, 1, 2, 3, 5, 6, 7, 8]
    var results: [[Float]] = []
    for examples in [all, changed] {
      for chosen in [chosen, nil] {
        var trainer = LocalTrainer(
          model: model, optimizer: ClientOptimizer(learningRate: 0.1), batchSize: 3)
        var parameters = start()
        var stream = RandomStream(seed: 6, purpose: .exampleOrder)
        _ = trainer.train(&parameters, on: examples, chosen: chosen, shuffledBy: &stream)
        results.append(parameters)
      }
    }
    #expect(results[0] == results[2])
    #expect(results[1] != results[3])
  }

  @Test func nothingToLearnFrom() {
    var trainer = LocalTrainer(
      model: model, optimizer: ClientOptimizer(learningRate: 0.1), batchSize: 3)
    var parameters = start()
    var stream = RandomStream(seed: 7, purpose: .exampleOrder)
    let training = trainer.train(
      &parameters, on: Examples(shape: Self.shape), shuffledBy: &stream)
    #expect(training.loss == 0 && training.steps == 0)
    #expect(parameters == start())
  }

  /// The LSTM learns to tell the app before the last three: its memory works.
  @Test func learnsToRemember() {
    let length = 4
    let shape = ExampleShape(
      vocabulary: 4, sequenceLength: length, stepWidth: 0, contextWidth: 0, candidateWidth: 0)
    var stream = RandomStream(seed: 8, purpose: .benchmarkData)
    var examples = randomExamples(shape, count: 256, maximumCandidates: 1, using: &stream)
    for index in examples.apps.indices { examples.apps[index] = Int32(stream.below(4)) }
    for example in 0..<256 { examples.targets[example] = examples.apps[length * example] }
    let model = LSTM(shape: shape, embeddingWidth: 16, hidden: 16)
    var parameters = model.initialParameters(using: &stream)
    var trainer = LocalTrainer(
      model: model, optimizer: ClientOptimizer(learningRate: 0.1, momentum: 0.9), batchSize: 16)
    let first = trainer.train(&parameters, on: examples, epochs: 40, shuffledBy: &stream)
    let last = trainer.train(&parameters, on: examples, shuffledBy: &stream)
    #expect(first.loss > 1.3)  // log 4 is 1.386
    #expect(last.loss < 0.05)
  }
}
