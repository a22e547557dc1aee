import Foundation
import Storage

/// A file that is whole under its name or what was there before.
package enum ReplacedFile {
  /// Writes under a name that nobody has and renames: a link of that name is replaced, not followed.
  package static func write(_ data: Data, to path: String) throws {
    do {
      try AtomicFile.write(data, to: path, mode: AtomicFile.sharedMode)
    } catch {
      throw ReportError(.inputOutput, error.message)
    }
  }

  /// Removes what killed processes have left in a folder of such files.
  package static func clearLeftovers(in folder: String) { Leftovers.clear(in: folder) }
}
