import Experiments
import Federation
import Foundation
import Glibc
import Testing

/// Folders of runs that are made or entered at once.
struct FolderTests {
  private static func make(
    _ path: String, meanwhile: () throws -> Void = {}
  ) throws -> RunFolder {
    try RunFolder.create(at: path, configuration: Configuration()) { _, _ in try meanwhile() }
  }

  /// The points of a sweep begin side by side, in one process: what one has in the making is no
  /// leftover to another.
  @Test func pointsDoNotTakeEachOthersFolder() throws {
    let folder = try TemporaryFolder()
    var inner: RunFolder?
    let outer = try Self.make("\(folder.path)/runs/1") {
      inner = try Self.make("\(folder.path)/runs/2")
      // Whoever makes a third one looks for leftovers as well.
      _ = try Self.make("\(folder.path)/runs/3")
    }
    #expect(outer.path.hasSuffix("runs/1") && inner?.path.hasSuffix("runs/2") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/runs").sorted()
    #expect(names == ["1", "2", "3"])
    for name in names {
      let config = "\(folder.path)/runs/\(name)/config.yaml"
      #expect(FileManager.default.fileExists(atPath: config), "\(name)")
    }
  }

  /// A process that was killed may hold its folder for a moment longer.
  @Test func aFolderThatIsFreeWithinASecondIsEntered() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/run"
    do { _ = try Self.make(path) }
    let holder = open(path, O_RDONLY | O_CLOEXEC)
    try #require(holder >= 0 && flock(holder, LOCK_EX | LOCK_NB) == 0)
    // A thread of its own: the one that waits may be the only one of a pool.
    Thread {
      usleep(200_000)
      close(holder)
    }.start()
    let entered = try RunFolder.open(path)
    #expect(entered.path == path)
    // While it is held for good, waiting has an end.
    let error = #expect(throws: ExperimentError.self) { try RunFolder.open(path) }
    #expect(error?.code == .inputOutput)
    #expect(error?.message.contains("another fedsim process") == true)
    withExtendedLifetime(entered) {}
  }
}
