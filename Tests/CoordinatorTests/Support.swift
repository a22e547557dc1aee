import Coordinator
import Federation
import Foundation
import Glibc
import Messages
import Models
import SecureAggregation
import Synchronization
import Testing
import UsageData
import Wire

/// The fedsim program that was built with these tests.
func fedsimExecutable() throws -> String {
  let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
  let path = folder.appending(path: "fedsim").path
  try #require(
    FileManager.default.isExecutableFile(atPath: path), "\(path) must be built with the tests")
  return path
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/fedsim-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Sentences from several threads.
final class Log: Sendable {
  private let lines = Mutex<[String]>([])

  func append(_ line: String) { lines.withLock { $0.append(line) } }

  var all: [String] { lines.withLock(\.self) }
}

/// A small experiment on ready-made examples.
func benchmarkConfiguration(clients: Int = 60) -> Configuration {
  var configuration = Configuration()
  configuration.population.source = .benchmark
  configuration.population.clients = clients
  configuration.population.newClientShare = 0
  configuration.model.kind = .softmax
  configuration.model.vocabulary = 16
  configuration.model.sequenceLength = 2
  configuration.training.cohortSize = 50
  configuration.training.weighting = .examples
  configuration.faults.dropoutRate = 0.1
  configuration.evaluation.every = 0
  configuration.workers.deadlineSeconds = 20
  configuration.workers.maxFailures = 2
  return configuration
}

extension Configuration {
  var parameters: [Float] { initialParameters(of: makeModel()) }

  /// The clients of a round, of a population without held-out clients.
  func cohort(round: Int) -> [Int] {
    let partition = ClientPartition(
      seed: seed, clients: population.clients, newClientShare: 0)
    return CohortSampler(self, partition: partition).cohort(round: round).clients
  }

  func pool(
    workers: Int, launch: WorkerLaunch, log: Log,
    isGivenUp: @escaping @Sendable () -> Bool = { false }
  ) throws -> WorkerPool {
    let end = SyntheticPopulation.start + Int64(population.days - 1) * LocalClock.day
    return try WorkerPool(
      workers: workers, launch: launch,
      setup: WorkerSetup(configuration: self, trainingEnd: end),
      parameterCount: parameters.count, isGivenUp: isGivenUp, log: log.append)
  }
}

/// A shell command in the place of a worker; `$0` is the first of `arguments`, `$1` the next.
func shell(_ script: String, _ arguments: String...) -> WorkerLaunch {
  WorkerLaunch(executable: "/bin/sh", arguments: ["-c", script] + arguments)
}

/// What came out of training a cohort.
struct Trained: Equatable, Sendable {
  var outcomes: [ClientOutcome]
  var sum: UpdateSum
}

extension WorkerPool {
  func train(_ cohort: [Int], _ configuration: Configuration, round: Int = 1) throws -> Trained {
    let (outcomes, sum) = try train(cohort, parameters: configuration.parameters, round: round)
    return Trained(outcomes: outcomes, sum: sum)
  }
}

/// The program under a path of its own, which tells its processes from those of other tests.
func ownExecutable(in folder: TemporaryFolder) throws -> String {
  let path = "\(folder.path)/fedsim"
  try FileManager.default.createSymbolicLink(
    atPath: path, withDestinationPath: fedsimExecutable())
  return path
}

/// The processes this one started from an executable at this path.
func children(startedFrom path: String) -> [pid_t] {
  let tasks = "/proc/\(getpid())/task"
  let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
  let children = threads.flatMap { thread in
    (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8))?
      .split(separator: " ").compactMap { pid_t($0) } ?? []
  }
  return children.filter { child in
    let command = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)
    return command?.hasPrefix(path + "\0") == true
  }
}

/// Processor time of a process in clock ticks (a hundredth of a second).
func processorTicks(of process: pid_t) -> Int {
  let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
  // The second field, the name, may hold spaces; user time is the fourteenth.
  let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
  return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
}

/// What a client of a benchmark says in round 1: in clear, and encoded.
func benchmarkUpdate(
  _ configuration: Configuration, _ client: Int, _ codec: any UpdateCodec
) -> (outcome: ClientOutcome, vector: ResidueVector) {
  let population = BenchmarkPopulation(
    seed: configuration.seed, clients: configuration.population.clients,
    vocabulary: configuration.model.vocabulary,
    sequenceLength: configuration.model.sequenceLength)
  let model = SoftmaxRegression(shape: population.shape, input: .steps)
  let parameters = configuration.initialParameters(of: model)
  let examples = population.examples(dataSet: population.dataSet(of: client))
  var local = LocalRound(RoundPlan(configuration), model: model)
  var sum = UpdateSum(parameters: codec.length)
  let note = local.report(
    of: client, round: 1, RoundParameters(configuration), from: parameters, on: examples,
    with: codec, into: &sum)
  return (note.outcome, ResidueVector(sum, modulus: codec.modulus ?? .bits64))
}
