import Foundation
import Storage

/// The comment at the head of an experiment file, which says what it asks: its lines that begin
/// with `#`, each with its line end; empty when there is none.
///
/// It changes no result and is no part of the configuration's hash; the run folder keeps it.
package func headComment(ofFile path: String) throws -> String {
  guard try ExperimentFile.isStandardInput(path) || FileKind.exists(path) else { return "" }
  return headComment(of: try YAMLText.read(path))
}

/// The comment at the head of such a text.
func headComment(of text: String) -> String {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  return lines.prefix { $0.hasPrefix("#") }.map { "\($0)\n" }.joined()
}
