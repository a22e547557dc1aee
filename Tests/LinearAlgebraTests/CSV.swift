import Foundation

/// The rows of a file in Vectors, without its header.
func vectorRows(_ name: String) throws -> [[Substring]] {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Vectors/\(name)")
  let text = try String(contentsOf: file, encoding: .utf8)
  return text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
}
