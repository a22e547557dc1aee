import Dispatch
import Glibc
import LinearAlgebra
import Models
import UsageData

/// Local training in this process, on one thread, beside a large matrix product.
enum TrainingBenchmark {
  private static let repetitions = 9
  private static let clients = 60

  static func measure(into table: inout Table) {
    let population = BenchmarkPopulation(
      seed: 1, clients: clients, vocabulary: 64, sequenceLength: 16)
    let sets = (0..<clients).map(population.examples)
    let lstm = LSTM(shape: population.shape, embeddingWidth: 32, hidden: 64)
    let softmax = SoftmaxRegression(shape: population.shape, input: .steps)

    // Turn by turn, so that a machine that changes its speed changes it for both.
    var products: [Double] = []
    var lstmRates: [Double] = []
    var lstmTimes: [Double] = []
    var softmaxTimes: [Double] = []
    var scalings: [Double] = []
    for _ in 0..<repetitions {
      let rate = productRate()
      let time = secondsPerClient(lstm, sets)
      let flops = Double(lstm.flopsPerExample * BenchmarkPopulation.examplesPerClient)
      products.append(rate / 1e9)
      lstmTimes.append(1e3 * time)
      lstmRates.append(flops / time / rate)
      softmaxTimes.append(1e3 * secondsPerClient(softmax, sets))
      scalings.append(scaling(lstm, sets))
    }
    table.add("sgemm 512 x 512 x 512, one thread", "GFLOP/s", Sample(products))
    table.add("LSTM local training, one client", "ms", Sample(lstmTimes))
    table.add("LSTM local training: flop rate / sgemm flop rate", "", Sample(lstmRates))
    table.add("logistic local training, one client", "ms", Sample(softmaxTimes))
    table.add("LSTM local training alone: two threads / one", "", Sample(scalings))
  }

  /// What two cores give with nothing shared: the limit of two workers ÷ one on this machine.
  private static func scaling(_ model: some Model & Sendable, _ sets: [Examples]) -> Double {
    func seconds(threads: Int) -> Double {
      let clock = ContinuousClock()
      let start = clock.now
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        _ = secondsPerClient(model, sets)
      }
      return (clock.now - start) / .seconds(1)
    }
    return 2 * seconds(threads: 1) / seconds(threads: 2)
  }

  /// Thread CPU time: another process on the core must not count.
  private static func seconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
    let start = now()
    body()
    return now() - start
  }

  /// Floating-point operations a second of a 512³ single-precision product.
  private static func productRate() -> Double {
    let size = 512
    let a = [Float](repeating: 0.5, count: size * size)
    let b = [Float](repeating: 0.25, count: size * size)
    var c = [Float](repeating: 0, count: size * size)
    let products = 10
    let time = seconds {
      for _ in 0..<products {
        BLAS.multiply(
          rows: size, columns: size, inner: size, .init(a, stride: size), .init(b, stride: size),
          into: &c, stride: size)
      }
    }
    return Double(products) * 2 * Double(size * size * size) / time
  }

  private static func secondsPerClient(_ model: some Model, _ sets: [Examples]) -> Double {
    var stream = RandomStream(seed: 1, purpose: .initialParameters)
    let initial = model.initialParameters(using: &stream)
    var parameters = initial
    var trainer = LocalTrainer(
      model: model, optimizer: ClientOptimizer(learningRate: 0.1), batchSize: 16)
    _ = trainer.train(&parameters, on: sets[0], shuffledBy: &stream)
    let time = seconds {
      for examples in sets {
        for index in initial.indices { parameters[index] = initial[index] }
        _ = trainer.train(&parameters, on: examples, shuffledBy: &stream)
      }
    }
    return time / Double(sets.count)
  }
}
