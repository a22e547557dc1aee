import Foundation
import Storage
import Testing

/// What is recorded of files, against coreutils (Vectors/checksums.sh).
struct ChecksumTests {
  /// The files of Vectors/checksums.sh.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("", to: "empty")
    try folder.write("abc", to: "abc")
    try folder.write("round\r\n1\r\n", to: "rounds.csv")
    try folder.write(Data(count: 1_000_000), to: "zeros")
    try folder.write(Data([0, 255]), to: "checkpoint/state.bin")
    return folder
  }

  private static let names = ["abc", "checkpoint/state.bin", "empty", "rounds.csv", "zeros"]

  @Test func aListIsThatOfCoreutils() throws {
    let folder = try Self.folder()
    var list = ChecksumList([:])
    for name in Self.names { list.sums[name] = try Digest.ofFile("\(folder.path)/\(name)") }
    let expected = try String(contentsOfFile: vectorPath("SHA256SUMS"), encoding: .utf8)
    #expect(list.text == expected)
    try list.write(to: folder.path)
    #expect(try ChecksumList.read(from: folder.path) == list)
    // The same in pieces: a megabyte takes several reads, and a beginning ends anywhere.
    let zeros = "\(folder.path)/zeros"
    #expect(try Digest.ofFile(zeros, bytes: 700_001) == Digest.of(Data(count: 700_001)))
    let error = #expect(throws: StorageError.self) { try Digest.ofFile(zeros, bytes: 1_000_001) }
    #expect(error?.kind == .damaged)
  }

  @Test func aListThatWasChangedIsNotRead() throws {
    let folder = try Self.folder()
    let whole = try String(contentsOfFile: vectorPath("SHA256SUMS"), encoding: .utf8)
    let lines = whole.split(separator: "\n")
    let damaged = [
      String(whole.dropLast()), String(whole.dropFirst()), whole + "\n",
      whole.replacing("\n", with: "\r\n"), whole.replacing("  abc", with: " abc"),
      whole.uppercased(), whole + lines[0] + "\n", lines.reversed().joined(separator: "\n") + "\n",
      whole.replacing("ba78", with: "xa78"), "",
    ]
    for text in damaged {
      try folder.write(text, to: "SHA256SUMS")
      let error = #expect(throws: StorageError.self) { try ChecksumList.read(from: folder.path) }
      #expect(error?.kind == .damaged && error?.message.contains("SHA256SUMS: is damaged") == true)
    }
  }

  /// Every single byte of a manifest counts, also those of its digest.
  @Test func aManifestProtectsItself() throws {
    let text = """
      {
        "exit_message" : "it said \\"sha256\\" : \\"\(SealedManifest.unsealed)\\"",
        "files" : {
          "rounds.csv" : "ab"
        },
        "sha256" : "\(SealedManifest.unsealed)",
        "version" : "0.1.0"
      }
      """
    let sealed = SealedManifest.sealed(Data(text.utf8))
    #expect(sealed.count == text.utf8.count && sealed != Data(text.utf8))
    let manifest = try #require(try SealedManifest(sealed, path: "m"))
    #expect(manifest.files == ["rounds.csv": "ab"])
    for index in sealed.indices {
      var damaged = sealed
      damaged[index] ^= 1
      // Without its key it looks like one of an older version, which the other files then contradict.
      let found = try? SealedManifest(damaged, path: "m")
      #expect(found == nil, "byte \(index)")
    }
    #expect(throws: StorageError.self) { try SealedManifest(sealed + Data("\r".utf8), path: "m") }
    #expect(try SealedManifest(Data("{\"version\" : \"0.1.0\"}".utf8), path: "m") == nil)
  }

  // MARK: - Reading

  /// A folder as a sweep leaves it: a list and no manifest.
  private static func recorded() throws -> TemporaryFolder {
    let folder = try Self.folder()
    try folder.write(
      String(contentsOfFile: vectorPath("SHA256SUMS"), encoding: .utf8), to: "SHA256SUMS")
    return folder
  }

  @Test func whatWasRecordedIsRead() throws {
    let folder = try Self.recorded()
    try folder.write("new", to: "figure.csv")
    let files = try RecordedFolder(folder.path)
    #expect(files.isRecorded && files.note == nil && files.names == Self.names)
    try files.checkAll()
    #expect(try files.data("abc") == Data("abc".utf8))
    #expect(try files.data("figure.csv") == Data("new".utf8), "nobody recorded it")
    #expect(try files.data("nothing") == nil)
  }

  @Test func whatWasChangedIsNotRead() throws {
    let changes: [(Data) -> Data] = [
      { $0.dropLast() }, { $0 + Data("1,2\r\n".utf8) }, { Data($0.reversed()) },
      { Data(String(decoding: $0, as: UTF8.self).replacing("\r\n", with: "\n").utf8) },
      { _ in Data() },
    ]
    for change in changes {
      let folder = try Self.recorded()
      try folder.write(change(Data("round\r\n1\r\n".utf8)), to: "rounds.csv")
      let files = try RecordedFolder(folder.path)
      for read in [{ try files.check("rounds.csv") }, { _ = try files.data("rounds.csv") }] {
        let error = #expect(throws: StorageError.self, performing: read)
        #expect(error?.kind == .damaged && error?.message.contains("rounds.csv") == true)
      }
      #expect(try files.data("abc") != nil, "one damaged file takes no other away")
    }
    let folder = try Self.recorded()
    try FileManager.default.removeItem(atPath: "\(folder.path)/rounds.csv")
    let error = #expect(throws: StorageError.self) {
      try RecordedFolder(folder.path).data("rounds.csv")
    }
    #expect(error?.kind == .missing)
    // A pipe must not make anybody wait.
    #expect(mkfifo("\(folder.path)/rounds.csv", 0o600) == 0)
    #expect(throws: StorageError.self) { try RecordedFolder(folder.path).data("rounds.csv") }
  }

  @Test func aFolderOfAnOlderVersionIsReadWithANote() throws {
    let folder = try Self.folder()
    let files = try RecordedFolder(folder.path)
    #expect(!files.isRecorded && files.note?.contains("no checksums") == true)
    #expect(try files.data("abc") == Data("abc".utf8))
  }

  @Test func aManifestWithoutItsListIsNoOlderVersion() throws {
    let folder = try Self.recorded()
    let list = try folder.text(of: "SHA256SUMS")
    let manifest = """
      {"files" : {"abc" : "\(Digest.of(Data("abc".utf8)))", "SHA256SUMS" : "\(Digest.of(Data(list.utf8)))"},
       "sha256" : "\(SealedManifest.unsealed)"}
      """
    try folder.write(SealedManifest.sealed(Data(manifest.utf8)), to: "manifest.json")
    // The list knows more than the manifest: they do not belong together.
    #expect(throws: StorageError.self) { try RecordedFolder(folder.path) }
    try folder.write("\(Digest.of(Data("abc".utf8)))  abc\n", to: "SHA256SUMS")
    #expect(throws: StorageError.self) { try RecordedFolder(folder.path) }
    try FileManager.default.removeItem(atPath: "\(folder.path)/SHA256SUMS")
    let error = #expect(throws: StorageError.self) { try RecordedFolder(folder.path) }
    #expect(error?.kind == .missing && error?.message.contains("SHA256SUMS") == true)
  }
}
