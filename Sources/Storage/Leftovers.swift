import CFileSystem
import Foundation
import Glibc

/// What killed processes have left in the making.
package enum Leftovers {
  /// Everything that a folder in the making can hold.
  private static let ownNames: Set<String> = [
    "config.yaml", "manifest.json", "sweep.yaml", "SHA256SUMS", "checkpoint", "runs", "state.bin",
    "lifecycle.bin", "clients.bin", "log.txt", "summary.json", "model.safetensors",
    "model-best.safetensors",
  ]

  /// Removes what lies in a folder and is provably ours.
  ///
  /// That is: made by this user, named like a thing in the making, of a process that is gone, and held
  /// by nobody. Links are never followed.
  ///
  /// - Parameter foldersOnly: of a place that others use as well, where a file tells too little.
  package static func clear(in folder: String, foldersOnly: Bool = false) {
    for name in (try? FolderContent.names(in: folder)) ?? [] {
      guard isDead(name) else { continue }
      remove("\(folder)/\(name)", foldersOnly: foldersOnly)
    }
  }

  /// Removes what killed processes of this user have left of one file, in a folder that may be anybody's.
  ///
  /// Left alone are files of other users, files with a second name other than `target`, and those that
  /// are in use.
  package static func clear(of target: String) {
    let folder = AtomicFile.folder(of: target)
    let prefix = target.split(separator: "/").last.map { $0 + Partial.mark } ?? ""
    for name in (try? FolderContent.names(in: folder)) ?? [] where name.hasPrefix(prefix) {
      let rest = name.dropFirst(prefix.count)
      // Older versions gave it 16 digits and no process.
      let isOlder = rest.utf8.count == 16 && rest.allSatisfy(\.isHexDigit)
      guard isOlder || rest.split(separator: "-").count == 2 && isDead(name) else { continue }
      remove("\(folder)/\(name)", foldersOnly: false, target: target)
    }
  }

  /// Whether the process that a name in the making tells of is gone.
  private static func isDead(_ name: String) -> Bool {
    guard let process = Partial.process(of: name) else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  /// Nobody works on a thing in the making for so long without writing, in seconds.
  private static let longestMaking = 3_600

  /// Whether other machines may work on the same file system: their processes are not known here, and a
  /// lock on a folder, or with some settings on a file, is one among the processes of each machine alone.
  private static func isShared(_ descriptor: Int32) -> Bool {
    var system = statfs()
    guard fstatfs(descriptor, &system) == 0 else { return true }
    return sharedSystems.contains(UInt32(truncatingIfNeeded: system.f_type))
  }

  /// NFS, SMB (three kinds), AFS (two), Lustre, GPFS, BeeGFS, Ceph, OCFS2, GFS2, 9P: numbers of statfs(2).
  private static let sharedSystems: Set<UInt32> = [
    0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x6B41_4653, 0x0BD0_0BD0, 0x4750_4653,
    0x1983_0326, 0x00C3_6400, 0x7461_636F, 0x0116_1970, 0x0102_1997,
  ]

  /// - Parameter target: may be a second name of the same file.
  private static func remove(_ path: String, foldersOnly: Bool, target: String? = nil) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(),
      flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      !isShared(descriptor) || status.st_ctim.tv_sec < time(nil) - longestMaking
    else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG where !foldersOnly:
      let isOurs = status.st_nlink == 1 || target.map { Partial.isSame($0, descriptor) } == true
      if isOurs, Partial.isSame(path, descriptor) { unlink(path) }
    case S_IFDIR where holdsOnlyOurs(path): try? FileManager.default.removeItem(atPath: path)
    default: return
    }
  }

  /// Whether a folder and those in it hold nothing but what we put into one in the making.
  private static func holdsOnlyOurs(_ folder: String) -> Bool {
    guard let names = try? FolderContent.names(in: folder) else { return false }
    return names.allSatisfy { name in
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0, status.st_uid == geteuid(),
        ownNames.contains(name) || name.hasSuffix(".csv") || Partial.process(of: name) != nil
          || name.hasSuffix(".partial")
      else { return false }
      switch status.st_mode & S_IFMT {
      case S_IFREG: return true
      case S_IFDIR: return holdsOnlyOurs("\(folder)/\(name)")
      default: return false
      }
    }
  }
}
