import Foundation

/// manifest.json with a SHA-256 of itself, and with those of the files beside it.
///
/// The digest is of the file's own bytes, with 64 zeros where it stands.
package struct SealedManifest: Equatable, Sendable {
  package static let name = "manifest.json"
  /// What an encoder is to write for the key `sha256` before `sealed` fills it in.
  package static let unsealed = String(repeating: "0", count: 64)
  private static let key = "\"sha256\" : \""

  /// By name; empty until a run has ended well.
  package var files: [String: String]

  package static func sealed(_ data: Data) -> Data {
    let text = String(decoding: data, as: UTF8.self)
    return Data(
      text.replacing(key + unsealed, with: key + Digest.of(data), maxReplacements: 1).utf8)
  }

  /// Nil where the manifest has no digest of itself, as those of older versions.
  ///
  /// - Parameter path: for messages.
  package init?(_ data: Data, path: String) throws(StorageError) {
    let text = String(decoding: data, as: UTF8.self)
    guard let place = text.range(of: Self.key, options: .backwards) else { return nil }
    let digest = text[place.upperBound...].prefix(64)
    let unsealed = text.replacingCharacters(
      in: digest.startIndex..<digest.endIndex, with: Self.unsealed)
    // Bytes that are no text would be lost on the way through one.
    guard Data(text.utf8) == data, Digest.of(Data(unsealed.utf8)) == digest else {
      throw StorageError(
        .damaged,
        "\(path): is not as it was written; restore it from a copy, or make the run again.")
    }
    let content = try? JSONDecoder().decode(Files.self, from: data)
    files = content?.files ?? [:]
  }

  private struct Files: Decodable {
    var files: [String: String]?
  }
}
