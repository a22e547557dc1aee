import Foundation
import Glibc
import Storage
import Testing

/// Files in the making: nobody else's, for their owner alone, and gone after a kill.
struct PartialTests {
  private static func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func aFileIsWrittenWholeForItsOwner() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a.json"
    try AtomicFile.write(Data("one".utf8), to: path, mode: AtomicFile.ownMode)
    try AtomicFile.write(Data("two".utf8), to: path, mode: AtomicFile.ownMode)
    #expect(try folder.text(of: "a.json") == "two")
    #expect(try folder.contents == ["a.json"])
    #expect(Self.mode(path) == 0o600)
  }

  @Test func whoeverWritesAtOnceGetsAFileOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a"
    let first = try Partial.makeFile(for: path, mode: 0o600)
    let second = try Partial.makeFile(for: path, mode: 0o600)
    #expect(first.path != second.path)
    let made = try Partial.makeFolder(for: path)
    #expect(Self.mode(made.path) == 0o700)
    #expect(try folder.contents.count == 3)
    // All three are of a living process: this one, also between making and locking them.
    for descriptor in [first.descriptor, second.descriptor, made.descriptor] { close(descriptor) }
    Leftovers.clear(in: folder.path)
    #expect(try folder.contents.count == 3)
  }

  /// A link, a folder with something of a person's in it, names of others: they all stay.
  @Test func onlyWhatIsProvablyOursIsRemoved() throws {
    let folder = try TemporaryFolder()
    let elsewhere = try TemporaryFolder()
    try elsewhere.write("mine", to: "kept")
    // No process has an id above the largest that Linux gives.
    let dead = "4194305"
    try folder.write("x", to: "state.bin.partial-\(dead)-0123abcd")
    try folder.write("x", to: "run.partial-\(dead)-0123abcd/checkpoint/state.bin")
    let kept = [
      // Without a random part the name is anybody's.
      "run.partial-\(dead)/rounds.csv", "thesis.partial-2024",
      "notes.partial", "a.partial-\(dead)-0123abcd.txt", "b.partial-\(dead)-xyz",
      "c.partial-0-0123abcd", "d.partial--1-0123abcd", "e.partial-\(getppid())-0123abcd",
      "f.partial-\(dead)-0123abcd/thesis.tex",
    ]
    for name in kept { try folder.write("mine", to: name) }
    let link = "\(folder.path)/g.partial-\(dead)-0123abcd"
    #expect(symlink(elsewhere.path, link) == 0)
    try folder.write("x", to: "h.partial-\(dead)-0123abcd/config.yaml")
    #expect(symlink(elsewhere.path, "\(folder.path)/h.partial-\(dead)-0123abcd/runs") == 0)

    // In a folder of other people's files too, no file goes.
    Leftovers.clear(in: folder.path, foldersOnly: true)
    #expect(try folder.contents.contains("state.bin.partial-\(dead)-0123abcd"))
    Leftovers.clear(in: folder.path)
    let expected =
      kept.map { String($0.split(separator: "/")[0]) }
      + ["g", "h"].map { "\($0).partial-\(dead)-0123abcd" }
    #expect(try folder.contents == expected.sorted())
    #expect(try elsewhere.text(of: "kept") == "mine")
  }

  /// What lies under the name of a file in the making is not followed and not overwritten: the
  /// name is drawn anew.
  @Test func aLinkInTheWayIsNotFollowed() throws {
    let folder = try TemporaryFolder()
    let victim = try folder.write("mine", to: "victim")
    for name in ["a.json.partial", "a.json.partial-\(getpid())"] {
      #expect(symlink(victim, "\(folder.path)/\(name)") == 0)
    }
    try AtomicFile.write(Data("new".utf8), to: "\(folder.path)/a.json", mode: AtomicFile.ownMode)
    #expect(try folder.text(of: "victim") == "mine")
    // A target that is a link is replaced, not written through.
    #expect(symlink(victim, "\(folder.path)/b.json") == 0)
    try AtomicFile.write(Data("new".utf8), to: "\(folder.path)/b.json", mode: AtomicFile.sharedMode)
    #expect(try folder.text(of: "victim") == "mine" && folder.text(of: "b.json") == "new")
  }

  @Test func foldersAboveAreAsTheUmaskSays() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      umask(0o027)
      try AtomicFile.makeFolder("\(folder.path)/results/name/run", mode: 0o700)
      #expect(Self.mode("\(folder.path)/results") == 0o750)
      #expect(Self.mode("\(folder.path)/results/name") == 0o750)
      #expect(Self.mode("\(folder.path)/results/name/run") == 0o700)
      // A stricter umask is respected.
      umask(0o277)
      try AtomicFile.write(Data(), to: "\(folder.path)/a", mode: AtomicFile.ownMode)
      #expect(Self.mode("\(folder.path)/a") == 0o400)
      umask(0o022)
    }
  }
}
