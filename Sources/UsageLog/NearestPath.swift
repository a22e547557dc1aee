import Foundation

/// The path that somebody meant who named a file or folder that is not there; nil where nothing is near.
///
/// The first part of the path that does not exist is compared with the names in its folder.
package func nearestPath(to path: String) -> String? {
  let isThere = FileManager.default.fileExists(atPath:)
  guard !path.isEmpty, !isThere(path) else { return nil }
  var folder = path.hasPrefix("/") ? "/" : ""
  var parts = path.split(separator: "/").map(String.init)[...]
  while let part = parts.first, isThere(folder + part) {
    folder += part + "/"
    parts.removeFirst()
  }
  guard let wanted = parts.popFirst(), wanted.count <= 255 else { return nil }
  let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
  guard let name = nearestName(to: wanted, among: names) else { return nil }
  // What comes after it must be there as well.
  let near = ([folder + name] + parts).joined(separator: "/")
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: near, isDirectory: &isFolder) else { return nil }
  return isFolder.boolValue ? near + "/" : near
}

/// A name that differs in few letters, or in its ending alone.
private func nearestName(to wanted: String, among names: [String]) -> String? {
  func stem(_ name: String) -> Substring { name.lowercased().prefix { $0 != "." } }
  let word = wanted.lowercased()
  let limit = max(1, min(word.count, stem(word).count) / 3)
  let ranked = names.sorted().compactMap { name -> (name: String, distance: Int)? in
    guard !name.hasPrefix(".") || word.hasPrefix(".") else { return nil }
    let isSameStem = !stem(word).isEmpty && stem(name) == stem(word)
    guard isSameStem || abs(name.count - word.count) <= limit else { return nil }
    let distance = editDistance(word, name.lowercased())
    return isSameStem || distance <= limit
      ? (name, isSameStem ? min(distance, limit) : distance) : nil
  }
  return ranked.min { $0.distance < $1.distance }?.name
}
