import CSpawn
import Foundation
import Glibc

/// Why a process could not be started.
package struct SpawnFailure: Error {
  /// As `errno` has it.
  package var code: Int32
}

/// Starts a program and returns its process; the caller waits for it.
///
/// It is started by the calling thread: what a thread hands down (its niceness above all) is then the
/// user's, and no other thread has to be there for it.
///
/// - Parameters:
///   - words: the program, looked for in PATH if it has no slash, and its arguments; not empty.
///   - added: to the environment of this process.
///   - streams: its standard input, output and errors; no other descriptor stays open in it.
///   - hasOwnGroup: whether Ctrl-C at the terminal is for this process alone.
///   - resetSignals: those that do again what they do in a fresh process.
package func spawn(
  _ words: [String], adding added: [String: String],
  streams: (input: Int32, output: Int32, errors: Int32), hasOwnGroup: Bool,
  resetSignals: [Int32] = []
) throws(SpawnFailure) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (target, source) in [streams.input, streams.output, streams.errors].enumerated() {
    posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, 3)
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
  if hasOwnGroup {
    flags |= POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setpgroup(&attributes, 0)
  }
  posix_spawnattr_setflags(&attributes, Int16(flags))
  // The thread that starts it may have signals blocked; its limits must reach it all the same.
  var (blocked, reset) = (sigset_t(), sigset_t())
  sigemptyset(&blocked)
  sigemptyset(&reset)
  for signal in resetSignals { sigaddset(&reset, signal) }
  posix_spawnattr_setsigmask(&attributes, &blocked)
  posix_spawnattr_setsigdefault(&attributes, &reset)

  let environment = ProcessInfo.processInfo.environment.merging(added) { $1 }
  var arguments = words.map { strdup($0) }
  var settings = environment.map { strdup("\($0)=\($1)") }
  defer { for text in arguments + settings { free(text) } }
  arguments.append(nil)
  settings.append(nil)
  var started = pid_t()
  let code = posix_spawnp(&started, words[0], &actions, &attributes, arguments, settings)
  guard code == 0 else { throw SpawnFailure(code: code) }
  return started
}
