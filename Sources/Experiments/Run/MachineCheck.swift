import Coordinator
import Federation
import Foundation
import Glibc
import LinearAlgebra

/// What an experiment needs from a machine, tried out rather than assumed.
package enum MachineCheck {
  package struct Finding: Codable, Equatable, Sendable {
    package var subject: String
    package var isGood: Bool
    package var detail: String

    package init(subject: String, isGood: Bool, detail: String) {
      self.subject = subject
      self.isGood = isGood
      self.detail = detail
    }
  }

  package static func findings(cores: Int) -> [Finding] {
    [processor(), blas(), memory(), coreCount(cores), folder(), workers()]
  }

  private static func processor() -> Finding {
    let flags =
      (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
      .split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ") ?? []
    let isGood = flags.contains("avx2") && flags.contains("fma")
    return Finding(
      subject: "processor", isGood: isGood,
      detail: isGood
        ? "has AVX2 and FMA, which the pinned BLAS kernel needs; our kernels use vectors of "
          + "\(Elementwise.vectorBits) bits"
        : "has no AVX2 and FMA; the pinned BLAS kernel (Haswell) cannot run here")
  }

  private static func blas() -> Finding {
    let pinned = WorkerLaunch.environment["OPENBLAS_CORETYPE"] ?? ""
    return Finding(
      subject: "BLAS", isGood: BLAS.kernel == pinned,
      detail: "\(BLAS.configuration); kernel \(BLAS.kernel)"
        + (BLAS.kernel == pinned ? "" : ", not \(pinned): results will differ from other machines"))
  }

  private static func memory() -> Finding {
    let pages = sysconf(Int32(_SC_AVPHYS_PAGES))
    let bytes = pages * sysconf(Int32(_SC_PAGESIZE))
    return Finding(
      subject: "memory", isGood: bytes > 500 << 20, detail: "\(bytes >> 20) MiB free")
  }

  private static func coreCount(_ cores: Int) -> Finding {
    Finding(
      subject: "cores", isGood: true, detail: "\(cores); `run` starts that many workers by default")
  }

  private static func folder() -> Finding {
    let folder = FileManager.default.currentDirectoryPath
    let isGood = access(folder, W_OK) == 0
    return Finding(
      subject: "folder", isGood: isGood,
      detail: isGood
        ? "\(folder) can be written to" : "\(folder) cannot be written to; use --out elsewhere")
  }

  /// Starts a real worker and trains one client of a small benchmark with it.
  private static func workers() -> Finding {
    var configuration = Configuration()
    configuration.population.source = .benchmark
    configuration.population.clients = 2
    configuration.population.newClientShare = 0
    configuration.model.kind = .softmax
    configuration.model.vocabulary = 8
    configuration.evaluation.every = 0
    configuration.training.cohortSize = 1
    do {
      let model = configuration.makeModel()
      let pool = try WorkerPool(
        workers: 1, launch: WorkerLaunch(),
        setup: WorkerSetup(configuration: configuration, trainingEnd: .max),
        parameterCount: model.layout.count, log: { _ in })
      defer { pool.shutDown() }
      let (outcomes, _) = try pool.train(
        [0], parameters: configuration.initialParameters(of: model), round: 1)
      guard case .reported = outcomes.first else {
        return Finding(subject: "workers", isGood: false, detail: "a worker did not train")
      }
      return Finding(subject: "workers", isGood: true, detail: "a worker started and trained")
    } catch {
      return Finding(subject: "workers", isGood: false, detail: "\(error)")
    }
  }
}
