import UsageData

/// Finds apps that come first in nearly every session of a client, as a home screen does.
struct LauncherSurvey {
  /// Fewer sessions of a client tell nothing.
  private static let fewestSessions = 20
  private static let share = 0.9

  private struct App {
    var clients = 0
    var sessions = 0
    var first = 0
  }

  private var apps: [Int32: App] = [:]

  /// Counts the sessions of the next client.
  mutating func add(_ history: ClientHistory) {
    var first: [Int32: Int] = [:]
    var sessions = 0
    for session in history.sessions where !session.opens.isEmpty {
      first[history.opens[session.opens.lowerBound].app, default: 0] += 1
      sessions += 1
    }
    guard sessions >= Self.fewestSessions,
      let (app, count) = first.max(by: { $0.value < $1.value }),
      Double(count) >= Self.share * Double(sessions)
    else { return }
    apps[app, default: App()].clients += 1
    apps[app, default: App()].sessions += sessions
    apps[app, default: App()].first += count
  }

  /// A sentence for each app found, those with most sessions first.
  func notes(names: ByteInterner) -> [String] {
    apps.map { (name: names.string(Int($0.key)), app: $0.value) }
      .sorted { ($1.app.sessions, $0.name) < ($0.app.sessions, $1.name) }
      .prefix(5)
      .map { name, app in
        "\(quoted(name)) opens \(app.first) of \(app.sessions) sessions of \(app.clients) "
          + "client\(app.clients == 1 ? "" : "s"), as a launcher does; if it is one, name it in a file "
          + "for --system-apps, because otherwise it is the app that models learn to predict"
      }
  }
}

/// Finds out whether the times of a log are whole hours or the like, as in totals per hour.
struct RoundTimes {
  private static let steps: [(seconds: Int64, name: String)] = [
    (86_400, "midnight"), (3_600, "whole hours"), (900, "whole quarters of an hour"),
    (300, "whole five minutes"),
  ]
  /// Fewer rows may lie so by chance.
  private static let fewestRows = 50

  private var rows = 0
  private var roundRows = [0, 0, 0, 0]

  /// - Parameter time: seconds.
  @inline(__always)
  mutating func add(_ time: Int64) {
    rows += 1
    guard time % 300 == 0 else { return }
    for (index, step) in Self.steps.enumerated() where time % step.seconds == 0 {
      roundRows[index] += 1
    }
  }

  var note: String? {
    guard rows >= Self.fewestRows else { return nil }
    let most = rows - rows / 100
    guard let index = roundRows.firstIndex(where: { $0 >= most }) else { return nil }
    return
      "\(roundRows[index]) of \(rows) times lie on \(Self.steps[index].name), so these rows look like totals "
      + "for each of them, not like single opens, and their order is not known; export single events"
  }
}
