import Glibc

/// What this process has used so far, as the kernel counts it.
package enum OwnUsage {
  /// Largest resident memory, in bytes.
  package static var peakMemoryBytes: Int { 1024 * usage().ru_maxrss }

  /// CPU time of all threads, in seconds.
  static var cpuSeconds: Double {
    let usage = usage()
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static func usage() -> rusage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + 1e-6 * Double(time.tv_usec)
  }
}
