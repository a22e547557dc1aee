import Foundation
import Testing

/// Standard streams that are closed or full.
struct StandardStreamTests {
  /// A shell closes and redirects as a person does.
  private func shell(_ command: String, in folder: TemporaryFolder) throws -> (
    code: Int32, errors: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec \"$0\" \(command)", CommandLineProgram.executable]
    process.currentDirectoryURL = folder.url
    let errors = folder.file("errors-\(UUID().uuidString)")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: errors, encoding: .utf8))
  }

  private func expectSameRun(_ name: String, in folder: TemporaryFolder) {
    #expect(differences(folder.file("whole"), folder.file(name)) == [])
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
    #expect(names.allSatisfy { !$0.contains("partial") }, "\(names)")
  }

  @Test(arguments: ["<&- >&-", ">&-", "<&- >&- 2>&-", "2>&-", "<&-", ">&- 2>/dev/full"])
  func aClosedStreamChangesNothing(streams: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    #expect(try shell("run experiment.yaml --out whole", in: folder).code == 0)
    let result = try shell("run experiment.yaml --out closed --workers 2 \(streams)", in: folder)
    #expect(result.code == 0, "\(result.errors)")
    expectSameRun("closed", in: folder)
    // No message has gone into a file that was opened under the stream's number.
    #expect(try shell("list . \(streams)", in: folder).code == 0)
    #expect(try shell("validate nowhere.yaml \(streams)", in: folder).code == 66)
  }

  @Test func aFullStreamIsSaidAndTheRunGoesOn() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    #expect(try shell("run experiment.yaml --out whole", in: folder).code == 0)
    let result = try shell("run experiment.yaml --out full --quiet >/dev/full", in: folder)
    #expect(result.code == 74)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains("standard output") && result.errors.contains("resume"))
    #expect(try shell("resume full --quiet", in: folder).code == 0)
    expectSameRun("full", in: folder)
    for command in ["--help", "help run", "--version", "list .", "list . --json", "doctor"] {
      #expect(try shell("\(command) >/dev/full", in: folder).code == 74, "\(command)")
    }
  }
}
