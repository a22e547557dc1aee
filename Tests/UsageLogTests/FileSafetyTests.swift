import Foundation
import GRDB
import Glibc
import Testing
import UsageData
import UsageLog

/// Files of others, links, litter and permissions.
@Suite struct FileSafetyTests {
  private let rows = "user,time,app\n" + (0..<300).map { "u\($0 % 6),\($0 * 31),a\n" }.joined()

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func history(of client: Int) -> ClientHistory {
    var history = ClientHistory()
    history.opens = [AppOpen(time: 5, app: 0)]
    history.sessions = [Session(start: 0, end: 9, opens: 0..<1, context: DeviceContext())]
    return history
  }

  /// Writes a log in each way there is.
  private func writers(_ folder: TemporaryFolder, overwrite: Bool = false) throws
    -> [(name: String, write: (String) throws -> Void)]
  {
    let source = try folder.write("rows.csv", rows.utf8)
    return [
      (
        "import",
        {
          // So few rows at once that most wait on the disk.
          _ = try importLog(
            from: source, to: $0,
            options: options(.csv) {
              $0.overwrite = overwrite
              $0.sortCapacity = 20
            })
        }
      ),
      (
        "log",
        {
          _ = try writeLog(
            to: $0, clientCount: 1, appNames: ["x"], overwrite: overwrite, history: history)
        }
      ),
      (
        "csv",
        {
          try writeCSV(
            to: $0, clientCount: 1, appNames: ["x"], overwrite: overwrite, history: history)
        }
      ),
    ]
  }

  @Test func newFilesAreTheirOwnersAlone() throws {
    let folder = try TemporaryFolder()
    for (name, write) in try writers(folder) {
      try write(folder.file(name))
      #expect(mode(folder.file(name)) == 0o600)
    }
    let files = try folder.contents()
    #expect(files == ["csv", "import", "log", "rows.csv"])
  }

  /// Names that files were written under once, and that anybody could make beforehand.
  @Test func filesOfOthersBesideTheOutputAreNeitherReadNorChanged() throws {
    let folder = try TemporaryFolder()
    for (name, write) in try writers(folder) {
      let others = [".sorting", ".partial", ".partial-\(getpid())", ".tmp"].map { name + $0 }
      for other in others {
        _ = try folder.write(other, "mine".utf8)
        chmod(folder.file(other), 0o666)
      }
      // A link where anything written would go to another file.
      let links = [".partial-1", ".lock"].map { name + $0 }
      _ = try folder.write("victim", "victim".utf8)
      for link in links { symlink(folder.file("victim"), folder.file(link)) }
      try write(folder.file(name))
      for other in others {
        #expect(try folder.bytes(other) == Data("mine".utf8), "\(other)")
        unlink(folder.file(other))
      }
      #expect(try folder.bytes("victim") == Data("victim".utf8))
      for link in links { unlink(folder.file(link)) }
    }
    #expect(try folder.contents() == ["csv", "import", "log", "rows.csv", "victim"])
  }

  @Test func linksAtTheOutputAreNotFollowed() throws {
    let folder = try TemporaryFolder()
    for (target, exists) in [("victim", true), ("nowhere", false)] {
      for (name, write) in try writers(folder) {
        _ = try folder.write("victim", "victim".utf8)
        symlink(folder.file(target), folder.file(name))
        let error = usageLogError { try write(folder.file(name)) }
        #expect(error?.kind == .inputOutput)
        #expect(error?.description.contains("symbolic link") == true)
        #expect(FileManager.default.fileExists(atPath: folder.file(target)) == exists)
        let again = try #require(try writers(folder, overwrite: true).first { $0.name == name })
        try again.write(folder.file(name))
        #expect(try folder.bytes("victim") == Data("victim".utf8))
        #expect(mode(folder.file(name)) == 0o600)
        unlink(folder.file(name))
      }
    }
    // A second name of the output keeps what it had.
    _ = try folder.write("old", "old".utf8)
    link(folder.file("old"), folder.file("second"))
    try writers(folder, overwrite: true)[0].write(folder.file("old"))
    #expect(try folder.bytes("second") == Data("old".utf8))
  }

  @Test func whatIsNoFileIsNoOutput() throws {
    let folder = try TemporaryFolder()
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    try #require(mkdir(folder.file("folder"), 0o700) == 0)
    symlink(folder.file("folder"), folder.file("link"))
    for name in ["pipe", "folder", "link"] {
      for (_, write) in try writers(folder, overwrite: true) {
        let error = usageLogError { try write(folder.file(name)) }
        #expect(error?.kind == .inputOutput)
        #expect(error?.description.contains("not a regular file") == true)
      }
    }
    #expect(try folder.contents() == ["folder", "link", "pipe", "rows.csv"])
  }

  /// What a killed import left goes with the next; what is in use or may be another's stays.
  @Test func litterOfKilledImportsGoes() throws {
    let folder = try TemporaryFolder()
    let dead = "import.partial-0123456789abcdef"
    let used = "import.partial-fedcba9876543210"
    let linked = "import.partial-00000000000000aa"
    let link = "import.partial-00000000000000bb"
    for name in [dead, used, linked, "import.partial-012345678", "other.partial-0123456789abcdef"] {
      _ = try folder.write(name, "half".utf8)
    }
    Glibc.link(folder.file(linked), folder.file("second"))
    symlink(folder.file("second"), folder.file(link))
    let descriptor = open(folder.file(used), O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    try writers(folder)[0].write(folder.file("import"))
    #expect(
      try folder.contents() == [
        "import", linked, link, "import.partial-012345678", used, "other.partial-0123456789abcdef",
        "rows.csv", "second",
      ])
  }

  /// The second of two imports to one file says that the first was there.
  @Test func ofTwoImportsOneWrites() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("rows.csv", rows.utf8)
    let other = try folder.write("other.csv", "user,time,app\nz,5,zzz\n".utf8)
    var hash = ""
    let target = folder.file("log")
    let error = usageLogError {
      _ = try importLog(from: source, to: target) { _ in
        guard hash.isEmpty else { return }
        hash = try importLog(from: other, to: target, options: options(.csv)).log.contentHash
      }
    }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("exists now") == true)
    #expect(try UsageLog(path: target).contentHash == hash)
    var isFirst = true
    let report = try importLog(
      from: source, to: target, options: options(.csv) { $0.overwrite = true }
    ) { _ in
      guard isFirst else { return }
      isFirst = false
      _ = try importLog(from: other, to: target, options: options(.csv) { $0.overwrite = true })
    }
    #expect(try UsageLog(path: target).contentHash == report.log.contentHash)
    #expect(try folder.contents() == ["log", "other.csv", "rows.csv"])
  }

  @Test func keyFilesOpenToOthersAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    try KeyFile.create(path)
    #expect(KeyFile.permissionWarning(path) == nil)
    for (mode, shown) in [(0o644, "0644"), (0o640, "0640"), (0o602, "0602"), (0o604, "0604")] {
      chmod(path, mode_t(mode))
      let warning = try #require(KeyFile.permissionWarning(path))
      #expect(warning.contains("mode \(shown)") && warning.contains("`chmod 600 \(path)`"))
    }
    #expect(KeyFile.permissionWarning(folder.file("none")) == nil)
    symlink(folder.file("none"), folder.file("dangling"))
    #expect(usageLogError { try KeyFile.create(folder.file("dangling")) }?.kind == .inputOutput)
    #expect(try folder.contents() == ["dangling", "key"])
  }

  /// Whose file it is may read it, whatever its mode; only the superuser can give a file away.
  @Test(.enabled(if: geteuid() == 0, "needs the right to give files to other users"))
  func keyFilesOfOthersAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    try KeyFile.create(path)
    try #require(chown(path, 12_345, gid_t.max) == 0)
    let warning = try #require(KeyFile.permissionWarning(path))
    #expect(warning.contains("belongs to another user (id 12345)") && warning.contains(path))
    try #require(chown(path, 0, gid_t.max) == 0)
    #expect(KeyFile.permissionWarning(path) == nil)
  }

  /// A journal would be undone into the log, and is written to when days are deleted.
  @Test func journalsOfOthersAreNotUsed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try folder.weeks(to: "log.sqlite")
    _ = try folder.write("victim", "victim".utf8)
    for suffix in ["-journal", "-wal", "-shm"] {
      symlink(folder.file("victim"), path + suffix)
      for error in [
        usageLogError { _ = try UsageLog(path: path) },
        usageLogError { _ = try expireLog(path, keeping: .last(days: 3)) },
      ] {
        #expect(error?.kind == .inputOutput)
        #expect(error?.description.contains("log.sqlite\(suffix) does not belong to") == true)
      }
      unlink(path + suffix)
    }
    #expect(try UsageLog(path: path).clientCount == Weeks.clients)
  }
}
