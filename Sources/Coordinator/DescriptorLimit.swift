import Foundation
import Glibc

/// Open files: three pipes a worker, and more for a moment while it is started.
package enum DescriptorLimit {
  /// Measured: the library that starts processes ends this one when it finds no descriptor.
  private static let perWorker = 12
  private static let spare = 8

  /// Makes room for so many workers, as far as this process may; throws when that is too little.
  package static func require(workers: Int) throws(CoordinatorError) {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    let needed = rlim_t(open + spare + perWorker * workers)
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
