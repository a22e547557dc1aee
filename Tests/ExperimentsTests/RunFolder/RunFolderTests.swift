import Experiments
import Federation
import Foundation
import Glibc
import Testing

struct RunFolderTests {
  struct Refusal: Error {}

  // MARK: - Run folders

  @Test func aNewFolderHoldsItsConfiguration() throws {
    let root = try TemporaryFolder()
    let path = "\(root.path)/deep/below/run"
    let folder = try RunFolder.create(at: path, configuration: Configuration()) { partial, _ in
      try Data("x".utf8).write(to: URL(filePath: "\(partial)/made"))
    }
    #expect(folder.path == path)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        == ["checkpoint", "config.yaml", "made"])
    #expect(try ConfigurationLoader.load(path: "\(path)/config.yaml") == Configuration())
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(root.path)/deep/below") == ["run"])
  }

  @Test func anExistingFolderOrFileIsNeverOverwritten() throws {
    let root = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(root.path)/folder", withIntermediateDirectories: false)
    _ = try root.file("folder/kept", "mine")
    _ = try root.file("file", "mine")
    for name in ["folder", "file"] {
      let error = try #require(
        throws: ExperimentError.self,
        performing: {
          try RunFolder.create(at: "\(root.path)/\(name)", configuration: Configuration()) { _, _ in
            Issue.record("prepared")
          }
        })
      #expect(error.code == .inputOutput)
      #expect(error.message.contains("this command replaces nothing"))
    }
    #expect(try root.contents == ["file", "folder"])
    #expect(try text(of: "\(root.path)/file") == "mine")
  }

  @Test func aFolderThatCannotBePreparedLeavesNothing() throws {
    let root = try TemporaryFolder()
    #expect(throws: Refusal.self) {
      try RunFolder.create(at: "\(root.path)/run", configuration: Configuration()) { _, _ in
        throw Refusal()
      }
    }
    #expect(try root.contents.isEmpty)
  }

  @Test func onlyOneMayWorkInAFolder() throws {
    let root = try TemporaryFolder()
    let path = "\(root.path)/run"
    do {
      let first = try RunFolder.create(at: path, configuration: Configuration()) { _, _ in }
      let error = try #require(
        throws: ExperimentError.self, performing: { try RunFolder.open(first.path) })
      #expect(error.code == .inputOutput)
      #expect(error.message.contains("another fedsim process"))
    }
    #expect(try RunFolder.open(path).configuration == Configuration())
  }

  @Test func aFolderWithoutARunIsMissingInput() throws {
    let root = try TemporaryFolder()
    for path in [root.path, "\(root.path)/none"] {
      let error = try #require(
        throws: ExperimentError.self, performing: { try RunFolder.open(path) })
      #expect(error.code == .missingInput)
    }
  }

  // MARK: - Files

  @Test func anAtomicWriteReplacesTheFileWhole() throws {
    let root = try TemporaryFolder()
    let path = try root.file("a.json", "old and long")
    try FileSystem.writeAtomically(Data("new".utf8), to: path)
    #expect(try text(of: path) == "new")
    #expect(try root.contents == ["a.json"])
  }

  @Test func aFailedWriteLeavesNothing() throws {
    let root = try TemporaryFolder()
    let missing = try #require(
      throws: ExperimentError.self,
      performing: { try FileSystem.writeAtomically(Data(), to: "\(root.path)/none/a.json") })
    #expect(missing.code == .inputOutput)
    #expect(missing.message.contains("No such file"))
    // A folder stands where the file should go: the rename fails after everything was written.
    try FileManager.default.createDirectory(
      atPath: "\(root.path)/a.json/b", withIntermediateDirectories: true)
    let blocked = try #require(
      throws: ExperimentError.self,
      performing: { try FileSystem.writeAtomically(Data("x".utf8), to: "\(root.path)/a.json") })
    #expect(blocked.code == .inputOutput)
    #expect(try root.contents == ["a.json"])
  }

  @Test func aFullDiskIsToldWithAdvice() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    try #require(descriptor >= 0)
    let error = try #require(
      throws: ExperimentError.self,
      performing: {
        try FileSystem.writeAll(Data("x".utf8), to: descriptor, path: "results/a.csv")
      })
    #expect(error.code == .inputOutput)
    #expect(
      error.message
        == "results/a.csv: cannot write: No space left on device; free some space and try again.")
  }

  /// The old file stays when the disk is full.
  ///
  /// The limit is one of the process, so this needs a process of its own.
  @Test func aFullDiskKeepsTheOldFile() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let root = try TemporaryFolder()
      let path = try root.file("a.json", "old")
      var limits = rlimit(rlim_cur: 20, rlim_max: 20)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits) == 0)
      let error = #expect(throws: ExperimentError.self) {
        try FileSystem.writeAtomically(Data(count: 1_000), to: path)
      }
      #expect(error?.code == .inputOutput)
      #expect(try text(of: path) == "old")
      #expect(try root.contents == ["a.json"])
    }
  }
}
