import Foundation
import Glibc
import Storage
import Testing

/// "Nothing is there" and "it cannot be told" are two answers.
struct FileKindTests {
  /// A rename puts a file in the place of whatever has the name, so that a device would be gone.
  @Test func noFileReplacesADevice() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    #expect(throws: StorageError.self) {
      try AtomicFile.write(Data("x".utf8), to: "\(folder.path)/pipe", mode: AtomicFile.ownMode)
    }
    #expect(try FileKind.of("\(folder.path)/pipe") == .other)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pipe"])
  }

  @Test func everyKindIsToldApart() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "a/file")
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    #expect(symlink("a/file", "\(folder.path)/link") == 0)
    #expect(symlink("nowhere", "\(folder.path)/dangling") == 0)
    let expected: [(name: String, kind: FileKind?, itself: FileKind?)] = [
      ("a", .folder, .folder), ("a/file", .file, .file), ("pipe", .other, .other),
      ("link", .file, .link), ("dangling", nil, .link), ("none", nil, nil), ("none/b", nil, nil),
      // Below a file there is nothing, and no file has a name so long.
      ("a/file/b", nil, nil), (String(repeating: "n", count: 300), nil, nil),
    ]
    for (name, kind, itself) in expected {
      let path = "\(folder.path)/\(name)"
      #expect(try FileKind.of(path) == kind, "\(name)")
      #expect(try FileKind.of(path, followingLinks: false) == itself, "\(name)")
      #expect(try FileKind.exists(path) == (kind != nil), "\(name)")
    }
  }

  /// Links in a circle are what a test can have of a lookup that fails.
  @Test func aLookupThatFailsIsNoAbsence() throws {
    let folder = try TemporaryFolder()
    #expect(symlink("circle", "\(folder.path)/circle") == 0)
    let path = "\(folder.path)/circle"
    let lookups: [() throws -> Void] = [
      { _ = try FileKind.of(path) }, { _ = try FileKind.exists("\(path)/a") },
      { _ = try FolderContent.names(in: path) }, { _ = try Digest.ofFound(path) },
      { _ = try Digest.contents(of: path, limit: 9) },
      { _ = try FileState.of(path, expected: "") },
      { _ = try RecordedFolder(path) },
    ]
    for (index, lookup) in lookups.enumerated() {
      let error = #expect(throws: StorageError.self, "\(index)", performing: lookup)
      #expect(error?.kind == .inputOutput, "\(index): \(String(describing: error))")
      #expect(error?.message.contains("circle") == true)
    }
  }

  @Test func foldersAreListedWithoutFollowingLinks() throws {
    let folder = try TemporaryFolder()
    for name in ["b/2", "b/1", "b/c/3", "a"] { try folder.write("x", to: name) }
    #expect(symlink("b", "\(folder.path)/link") == 0)
    #expect(try FolderContent.names(in: folder.path) == ["a", "b", "link"])
    #expect(try FolderContent.files(below: folder.path) == ["a", "b/1", "b/2", "b/c/3", "link"])
    #expect(try FolderContent.names(in: "\(folder.path)/none") == nil)
  }

  /// A length that no such file has takes neither memory nor time.
  @Test func whatIsTooLargeIsNotRead() throws {
    let folder = try TemporaryFolder()
    for name in ["SHA256SUMS", "manifest.json", "checkpoint/state.bin"] {
      let path = try folder.write("x", to: name)
      #expect(truncate(path, 1 << 40) == 0)
      let error = #expect(throws: StorageError.self) {
        if name == "checkpoint/state.bin" {
          #expect(try HashedBytes.read(path) == nil)
          throw StorageError(.damaged, "state.bin")
        }
        _ = try RecordedFolder(folder.path)
      }
      #expect(error?.kind == .damaged, "\(name)")
      #expect(truncate(path, 0) == 0)
      try FileManager.default.removeItem(atPath: path)
    }
    try folder.write("12345", to: "a")
    #expect(try Digest.contents(of: "\(folder.path)/a", limit: 5) == Data("12345".utf8))
    #expect(throws: StorageError.self) { try Digest.contents(of: "\(folder.path)/a", limit: 4) }
  }

  @Test func bytesBehindTheirDigestAreReadWhole() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(HashedBytes.wrap(Data("state".utf8)), to: "a")
    #expect(try HashedBytes.read(path) == Data("state".utf8))
    for damaged in [Data(), Data("short".utf8), HashedBytes.wrap(Data("state".utf8)) + Data([0])] {
      try folder.write(damaged, to: "a")
      #expect(try HashedBytes.read(path) == nil)
    }
    #expect(throws: StorageError.self) { try HashedBytes.read("\(folder.path)/none") }
  }
}
