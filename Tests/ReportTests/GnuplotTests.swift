import Foundation
import Report
import Synchronization
import Testing

/// Programs in the place of gnuplot that do not end, or not well.
struct GnuplotTests {
  /// A shell script that is called as gnuplot.
  private static func program(_ script: String, in folder: TemporaryFolder) throws -> String {
    let path = "\(folder.path)/gnuplot"
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  private static func draw(with gnuplot: Gnuplot, in folder: TemporaryFolder) throws -> ReportError?
  {
    try SmallRun().write(to: folder, "one")
    let figures = try folder.runs("one").figures()
    let output = FigureFolder(path: "\(folder.path)/figures", gnuplot: gnuplot)
    do {
      _ = try output.write(figures)
      return nil
    } catch let error as ReportError {
      // Nothing half-drawn is left.
      #expect(!FileManager.default.fileExists(atPath: output.path))
      return error
    }
  }

  /// One that hangs, one that leaves a child behind, one that does not listen, one that talks on.
  @Test(arguments: [
    "exec sleep 600", "sleep 600 & wait", "trap '' TERM INT; while :; do sleep 1; done",
    "exec yes >&2", "exec >&- 2>&-; exec sleep 600",
  ])
  func whatDoesNotEndIsStopped(script: String) throws {
    let folder = try TemporaryFolder()
    let path = try Self.program("echo $$ > \(folder.path)/id; " + script, in: folder)
    let error = try Self.draw(with: Gnuplot(path: path, deadline: 0.3), in: folder)
    #expect(error?.kind == .inputOutput)
    #expect(error?.message.contains("within 0.3 seconds") == true, "\(String(describing: error))")
    #expect(error?.message.contains("accuracy-rounds") == true)
    let id = try folder.text(of: "id").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(id)"))
  }

  @Test func anInterruptionEndsTheWait() throws {
    let folder = try TemporaryFolder()
    let path = try Self.program("exec sleep 600", in: folder)
    let asked = Atomic(0)
    let begun = Atomic(0)
    let gnuplot = Gnuplot(
      path: path, deadline: 3_600, begins: { begun.add(1, ordering: .relaxed) },
      isInterrupted: { asked.add(1, ordering: .relaxed).newValue > 3 })
    let error = try Self.draw(with: gnuplot, in: folder)
    #expect(error?.kind == .interrupted)
    #expect(begun.load(ordering: .relaxed) == 1)
  }

  /// What goes on in the background is ended with it.
  @Test func aChildThatStaysIsNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    let path = try Self.program(
      "sleep 600 & echo $! > \(folder.path)/id; echo '\"x\" line 3: no such thing' >&2; exit 1",
      in: folder)
    let error = try Self.draw(with: Gnuplot(path: path, deadline: 60), in: folder)
    #expect(error?.kind == .badData && error?.message.contains("no such thing") == true)
    let id = try folder.text(of: "id").trimmingCharacters(in: .whitespacesAndNewlines)
    // Gone, or dead and not yet waited for by the process that inherits orphans.
    let stat = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ") Z"
    #expect(stat.contains(") Z"), "\(stat)")
  }
}
