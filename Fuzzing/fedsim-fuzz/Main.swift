import Foundation
import Glibc

/// Coverage-guided fuzzing of what others wrote: `FEDSIM_FUZZ=PARSER fedsim-fuzz CORPUS… [-flags]`.
///
/// The flags are libFuzzer's. The parser is named by an environment variable because libFuzzer starts
/// copies of itself with arguments of its own. `FEDSIM_FUZZ_SEEDS=DIR` writes proper inputs instead.
@main
enum Main {
  /// An input is right when this returns; a trap, a hang or too much memory is the finding.
  nonisolated(unsafe) private static var parse: @Sendable (UnsafeRawBufferPointer) -> Void = { _ in
  }

  static func main() throws {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["FEDSIM_FUZZ_SEEDS"] { return try writeSeeds(to: folder) }
    switch environment["FEDSIM_FUZZ"] {
    case "experiment": parse = readExperiment
    case "log": parse = readLog
    case "frames": parse = readFrames
    case "safetensors": parse = readSafetensors
    default:
      print("FEDSIM_FUZZ must be experiment, log, frames or safetensors")
      exit(64)
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      runFuzzer(&count, &arguments) { bytes, size in
        Main.parse(UnsafeRawBufferPointer(start: bytes, count: size))
        return 0
      })
  }
}

/// libFuzzer's own entry (https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library).
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Ends the process as a finding: a property that holds for every input does not hold for this one.
func require(_ condition: Bool, _ property: @autoclosure () -> String) {
  guard !condition else { return }
  FileHandle.standardError.write(Data("broken: \(property())\n".utf8))
  abort()
}

/// A file without a name that holds one input after another.
struct InputFile {
  private let descriptor: Int32

  init() {
    var name = Array("/tmp/fedsim-fuzz-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    precondition(descriptor >= 0, "no temporary file")
    unlink(name)
  }

  /// Opens to a new description at its first byte.
  var path: String { "/proc/self/fd/\(descriptor)" }

  func hold(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    ftruncate(descriptor, 0)
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    precondition(written == bytes.count)
  }
}
