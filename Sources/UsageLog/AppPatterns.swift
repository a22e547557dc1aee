/// Patterns of app names; `*` stands for any characters, case does not matter.
package struct AppPatterns: Sendable, Equatable {
  package var patterns: [String]

  package init(_ patterns: [String]) {
    self.patterns = patterns.map { $0.lowercased() }
  }

  package func match(_ app: String) -> Bool {
    let name = Array(app.lowercased().utf8)
    return patterns.contains { Self.match(Array($0.utf8)[...], name[...]) }
  }

  private static func match(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == UInt8(ascii: "*") {
      let rest = pattern.dropFirst()
      return (name.startIndex...name.endIndex).contains { match(rest, name[$0...]) }
    }
    return name.first == first && match(pattern.dropFirst(), name.dropFirst())
  }

  /// Launchers, system and call screens, keyboards and installers.
  ///
  /// Dialer, settings and camera are apps that people choose, so they are not here.
  package static let system = AppPatterns([
    "*launcher*", "*quickstep*", "*systemui*", "system ui", "android", "android system",
    "*inputmethod*", "*keyboard*", "*swiftkey*", "gboard", "*incallui*", "*server.telecom*",
    "*packageinstaller*", "package installer", "*permissioncontroller*", "com.google.android.gms",
    "google play services", "touchwiz home", "one ui home",
  ])
}
