import Foundation
import Glibc

/// Open files: an end of three pipes for each worker, and the files of the run.
package enum DescriptorLimit {
  private static let perWorker = 3
  /// The other ends while a worker is started.
  private static let spare = 8
  /// What a run opens beside its workers.
  package static let ofRun = 24

  /// Makes room for so many workers, as far as this process may; throws when that is too little.
  ///
  /// - Parameter others: files that are not open yet.
  package static func require(workers: Int, others: Int = 0) throws(CoordinatorError) {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    let needed = rlim_t(open + others + spare + perWorker * workers)
    if limit.rlim_cur < needed {
      limit.rlim_cur = min(needed, limit.rlim_max)
      _ = setrlimit(resource, &limit)
    }
    guard limit.rlim_cur >= needed else {
      let workers = workers == 1 ? "a worker needs" : "\(workers) workers need"
      throw .cannotStart(
        "\(workers) up to \(needed) open files and this process may have \(limit.rlim_max); raise "
          + "the limit (ulimit -n \(needed)) or use fewer --workers")
    }
  }
}
