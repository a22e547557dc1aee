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

  /// These patterns and others.
  package func adding(_ more: [String]) -> AppPatterns { AppPatterns(patterns + more) }

  /// Launchers, lock, system and call screens, keyboards and installers.
  ///
  /// Dialer, settings and camera are apps that people choose, so they are not here.
  package static let system = AppPatterns([
    "*launcher*", "*quickstep*", "*systemui*", "system ui", "android", "android system",
    "*inputmethod*", "*keyboard*", "*swiftkey*", "gboard", "*incallui*", "*server.telecom*",
    "*packageinstaller*", "package installer", "*permissioncontroller*", "com.google.android.gms",
    "google play services", "touchwiz home", "one ui home",
  ]).adding(homeScreens)

  /// Home and lock screens whose names do not say "launcher".
  private static let homeScreens = [
    // Of vendors: Xiaomi, Sony, Motorola, LG, Amazon, NTT Docomo.
    "com.miui.home", "com.sonymobile.home", "com.sonyericsson.home", "xperia home",
    "com.motorola.homescreen", "com.motorola.blur.home", "com.lge.homeselector",
    "com.amazon.kindle.otter", "com.nttdocomo.android.dhome", "com.nttdocomo.android.paletteui",
    // Of LineageOS and others.
    "*trebuchet*", "*lawnchair*", "com.tsf.shell*", "com.spb.shell*", "ginlemon.flower*",
    "com.yahoo.aviate*", "com.tul.aviate*", "fr.neamar.kiss",
    // Lock screens.
    "*lockscreen*", "*keyguard*",
    // iOS, macOS and Windows.
    "com.apple.springboard*", "com.apple.incallservice", "com.apple.screensaver*", "loginwindow",
    "lockapp.exe",
  ]
}
