import Glibc

/// Files and folders in the making: `<name>.partial-<process>-<random>`, then renamed.
///
/// Nobody else can have made one: it is created anew, never through a link, and the process that
/// makes it holds a lock on it. So what a killed process left is told from what another one is
/// working on, whatever ids processes have on another machine or in another container.
package enum Partial {
  /// What the name has before the process id.
  package static let mark = ".partial-"
  private static let randomDigits = 8
  private static let attempts = 100

  /// A new, empty file for what will be `path`, open and locked.
  ///
  /// - Parameter mode: as for `open`; the umask takes its part.
  package static func makeFile(
    for path: String, mode: mode_t
  ) throws(StorageError) -> (descriptor: Int32, path: String) {
    for _ in 0..<attempts {
      let partial = name(for: path)
      let descriptor = open(partial, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      if descriptor < 0, errno == EEXIST { continue }
      guard descriptor >= 0 else { throw .lastFailure("write", path) }
      if hold(descriptor) { return (descriptor, partial) }
      close(descriptor)
    }
    errno = EEXIST
    throw .lastFailure("write", path)
  }

  /// A new, empty folder for what will be `path`, open and locked; only its owner may enter it.
  package static func makeFolder(
    for path: String
  ) throws(StorageError) -> (descriptor: Int32, path: String) {
    for _ in 0..<attempts {
      let partial = name(for: path)
      guard mkdir(partial, 0o700) == 0 else {
        if errno == EEXIST { continue }
        throw .lastFailure("make", path)
      }
      let descriptor = open(partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
        // A umask that leaves the owner no right to read.
        let error = StorageError.lastFailure("open", partial)
        rmdir(partial)
        throw error
      }
      if hold(descriptor) { return (descriptor, partial) }
      close(descriptor)
    }
    errno = EEXIST
    throw .lastFailure("make", path)
  }

  private static func name(for path: String) -> String {
    let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
    let zeros = String(repeating: "0", count: randomDigits - digits.count)
    return "\(path)\(mark)\(getpid())-\(zeros)\(digits)"
  }

  /// False when somebody took the new one for a leftover before it was locked.
  private static func hold(_ descriptor: Int32) -> Bool {
    // Where there are no locks, nobody takes anything for a leftover either.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Whether the file of that name is the open one.
  static func isSame(_ name: String, _ descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return lstat(name, &named) == 0 && fstat(descriptor, &opened) == 0
      && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino
  }

  /// Whether something of that name is in the making, or was left so.
  package static func isName(_ name: String) -> Bool { process(of: name) != nil }

  /// The process that a name in the making tells of; nil for any other name.
  static func process(of name: String) -> pid_t? {
    guard let place = name.range(of: mark, options: .backwards) else { return nil }
    let parts = name[place.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    guard let process = parts.first.flatMap({ pid_t($0) }), process > 0,
      parts[0].allSatisfy(\.isNumber)
    else { return nil }
    guard parts.count == 2 else { return nil }
    let isRandom = parts[1].count == randomDigits && parts[1].allSatisfy(\.isHexDigit)
    return isRandom ? process : nil
  }
}
