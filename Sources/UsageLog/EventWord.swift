/// What a word or number in the event column of a log means.
///
/// Numbers are the types of Android's `UsageEvents.Event`
/// (https://developer.android.com/reference/android/app/usage/UsageEvents.Event; those it hides are in the
/// source, frameworks/base/core/java/android/app/usage/UsageEvents.java).
enum EventWord: Equatable {
  case kind(EventKind)
  /// Known, and of no use for what is predicted: nobody opened, closed, locked or unlocked anything.
  case ignored(name: String)
  case unknown

  /// Case, spaces, hyphens and underscores do not matter.
  init(_ text: Field) {
    var word = normalized(text).replacing("_", with: "")
    // A table that lacks some values writes whole numbers with a point.
    let number = word.hasSuffix(".0") ? word.dropLast(2) : word[...]
    let isNumber = number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    if let code = Int(number), isNumber, text.first != UInt8(ascii: "-") {
      guard Self.androidTypes.indices.contains(code) else {
        self = .unknown
        return
      }
      word = Self.normalizedType(Self.androidTypes[code])
    }
    if let kind = Self.kinds[word] {
      self = .kind(kind)
    } else if let name = Self.ignored[word] {
      self = .ignored(name: name)
    } else {
      self = .unknown
    }
  }

  private static let kinds: [String: EventKind] = {
    let words: [EventKind: [String]] = [
      .open: [
        "open", "opened", "app", "appopen", "appopened", "foreground", "movetoforeground",
        "resumed",
        "activityresumed", "launch", "launched", "start", "started", "infocus", "/app/infocus",
        "appinfocus", "currentwindow",
      ],
      .close: [
        "close", "closed", "appclose", "appclosed", "background", "movetobackground", "paused",
        "activitypaused", "activitystopped", "end", "ended", "stop", "stopped",
      ],
      .activity: ["userinteraction", "broken", "screenon", "screeninteractive"],
      .unlock: [
        "unlock", "unlocked", "userpresent", "userunlocked", "keyguardhidden",
        "os.lockscreen.unlocks",
        "deviceunlocked", "screenunlocked",
      ],
      .lock: [
        "lock", "locked", "screenoff", "screennoninteractive", "keyguardshown", "deviceshutdown",
        "devicelocked", "screenlocked",
      ],
      .install: ["install", "installed", "appinstall", "packageadded"],
    ]
    var kinds: [String: EventKind] = [:]
    for (kind, words) in words {
      for word in words { kinds[word] = kind }
    }
    return kinds
  }()

  /// By number.
  private static let androidTypes = [
    "NONE", "ACTIVITY_RESUMED", "ACTIVITY_PAUSED", "END_OF_DAY", "CONTINUE_PREVIOUS_DAY",
    "CONFIGURATION_CHANGE", "SYSTEM_INTERACTION", "USER_INTERACTION", "SHORTCUT_INVOCATION",
    "CHOOSER_ACTION", "NOTIFICATION_SEEN", "STANDBY_BUCKET_CHANGED", "NOTIFICATION_INTERRUPTION",
    "SLICE_PINNED_PRIV", "SLICE_PINNED", "SCREEN_INTERACTIVE", "SCREEN_NON_INTERACTIVE",
    "KEYGUARD_SHOWN", "KEYGUARD_HIDDEN", "FOREGROUND_SERVICE_START", "FOREGROUND_SERVICE_STOP",
    "CONTINUING_FOREGROUND_SERVICE", "ROLLOVER_FOREGROUND_SERVICE", "ACTIVITY_STOPPED",
    "ACTIVITY_DESTROYED", "FLUSH_TO_DISK", "DEVICE_SHUTDOWN", "DEVICE_STARTUP", "USER_UNLOCKED",
    "USER_STOPPED", "LOCUS_ID_SET", "APP_COMPONENT_USED",
  ]

  private static func normalizedType(_ name: String) -> String {
    name.lowercased().replacing("_", with: "")
  }

  /// Android's other types, and the buckets of ActivityWatch that hold no opens.
  private static let ignored: [String: String] = {
    let others = [
      "afkstatus", "web.tab.current", "app.editor.activity", "general.stopwatch",
      "NOTIFICATION_REMOVED", "NOTIFICATION_RECEIVED", "NOTIFICATION_POSTED", "PACKAGE_REMOVED",
      "PACKAGE_REPLACED",
    ]
    var names: [String: String] = [:]
    for name in androidTypes + others where kinds[normalizedType(name)] == nil {
      names[normalizedType(name)] = name
    }
    return names
  }()
}
