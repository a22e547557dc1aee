import Foundation
import Testing
import UsageData
import UsageLog

@Suite struct SessionTests {
  /// Seconds of a time on 2024-05-01.
  private func time(_ hour: Int64, _ minute: Int64, _ second: Int64 = 0) -> Int64 {
    1_714_521_600 + (hour * 60 + minute) * 60 + second
  }

  @Test func unlocksAndLocksBoundSessions() throws {
    let (log, report) = try imported(.file(vectors + "sessions.csv"), options(.csv))
    #expect(report.badRows == 0)
    #expect(report.systemRows == 1)
    let history = try log.history(of: 0)
    #expect(
      history.sessions.map { [$0.start, $0.end] } == [
        [time(8, 59), time(8, 59)],  // no unlock was logged, and the lock before it began nothing
        [time(9, 0), time(9, 41)],  // 40 idle minutes do not end what an unlock began
        [time(9, 50), time(9, 50, 20)],  // only the launcher
        [time(9, 51), time(9, 58)],
        [time(9, 58, 10), time(10, 3, 10)],  // a pause of exactly the gap
        [time(10, 8, 11), time(10, 9)],  // one second more
      ])
    #expect(
      history.sessions.map { log.apps(of: $0, in: history) }
        == [["Radio"], ["Mail", "Maps"], [], ["Mail"], ["Mail", "Maps"], ["Mail"]])
    #expect(report.log.sessionsWithoutApp == 1)
    #expect(history.installs.map(\.time) == [time(9, 55)])
    #expect(history.installs.map { log.appName(Int($0.app)) } == ["Chess"])
    // The launcher is no app that could be predicted; Chess is, though nobody opened it.
    #expect(log.appNames == ["Mail", "Maps", "Radio", "Chess"])
    #expect(log.timeRange == time(8, 59)...time(10, 9))
  }

  @Test func contextIsThatOfTheUnlock() throws {
    let (log, _) = try imported(.file(vectors + "sessions.csv"), options(.csv))
    let contexts = try log.history(of: 0).sessions.map(\.context)
    #expect(contexts.map(\.battery) == [-1, 0.81, 0.5, 0.07, -1, -1])
    #expect(contexts.map(\.isCharging) == [false, true, false, false, false, false])
    #expect(contexts.map(\.network) == [.unknown, .wifi, .cellular, .unknown, .unknown, .unknown])
    #expect(contexts.map(\.notification) == [-1, 0, -1, -1, -1, -1])
    // bed, home, cafe, home again, office: numbered as they came, whatever follows; 0 is unknown.
    #expect(contexts.map(\.place) == [1, 2, 3, 2, 4, 0])
  }

  /// What a summary says of sessions that nobody logged.
  @Test func guessedSessionsAreSaid() throws {
    let header = "user,time,app,event,Duration,end time\n"
    func row(_ user: String, _ time: Int, _ app: String, _ event: String = "open") -> String {
      "\(user),\(1_714_557_600 + time),\(app),\(event),1,2\n"
    }
    // Ten sessions of one app, and one of two.
    let single = (0..<10).map { row("a", 1_000 * $0, "x") }.joined()
    let guessed = header + single + row("a", 20_000, "x") + row("a", 20_010, "y")
    let lines = try imported(guessed).report.sessions.lines
    #expect(
      lines.first
        == "sessions: no unlock is logged, so a session begins after 300 s without an open (--session-gap); "
        + "90 % of them hold one app, so the \"first app\" is nearly every app")
    #expect(lines.last?.hasPrefix("durations: 'Duration', 'end time' are not read") == true)
    #expect(lines.last?.contains("more than 300 s counts as idle") == true)
    // With a gap of a day all are one session.
    let one = try imported(guessed, options(.csv) { $0.sessionGapSeconds = 86_400 }).report
    #expect(
      one.sessions.lines.first?.hasSuffix("(--session-gap); 0 % of them hold one app") == true)
    let unlocks = row("b", 0, "", "unlock") + row("b", 1, "x")
    let both = try imported(guessed + unlocks).report.sessions.lines
    #expect(both.first?.hasPrefix("sessions: 1 of 2 clients log no unlock") == true)
    let logged = try imported(header + unlocks).report.sessions.lines
    #expect(logged == ["sessions: from an unlock to the lock or the next unlock"])
    let column = try imported("user,time,app,session_id\na,1714557600,x,1\n").report.sessions.lines
    #expect(column == ["sessions: as the column 'session_id' says"])
  }

  /// The unlocks of all clients count, wherever in their history they stand.
  @Test func earlyUnlocksAreUnlocks() throws {
    let rows = (0..<3).flatMap { user in
      ["u\(user),1000,unlock,"] + (0..<50).map { "u\(user),\(1_001 + $0),open,x" }
    }
    let (_, report) = try imported("user,time,event,app\n" + rows.joined(separator: "\n"))
    #expect(report.sessions.lines == ["sessions: from an unlock to the lock or the next unlock"])
    #expect(report.sessions.clientsWithoutUnlock == 0)
    // Where a column tells sessions apart too.
    let column = "user,time,event,app,session\nu,1000,unlock,,1\nu,1001,open,x,1\nv,1001,open,x,1\n"
    #expect(try imported(column).report.sessions.clientsWithoutUnlock == 1)
  }

  /// As phones write it: the screen goes on, then the keyguard goes away, then an app comes.
  @Test func theScreenGoesOnBeforeTheUnlock() throws {
    let (log, report) = try imported(
      """
      user,time,event,app,battery,place,charging
      a,1000,15,android,50,home,1
      a,1001,18,android,,,
      a,1003,1,Mail,,,
      a,1010,16,android,,,
      a,1011,17,android,,,
      a,2000,15,android,49,home,0
      a,2009,16,android,,,
      a,3000,15,android,48,home,0
      a,3000,18,android,47,work,0
      a,3002,1,Maps,,,
      a,3004,18,android,46,work,0
      a,3100,16,android,,,
      a,4000,15,android,,,
      a,4301,18,android,45,,
      a,4302,1,Mail,,,
      a,5000,1,Radio,,,
      a,5001,18,android,,,
      a,5002,18,android,,,
      """)
    let history = try log.history(of: 0)
    #expect(report.badRows == 0)
    #expect(
      history.sessions.map { [$0.start, $0.end] } == [
        [1000, 1010],
        [2000, 2009],  // a look at the time
        [3000, 3002],  // in one second
        [3004, 3100],  // another unlock
        [4000, 4000],  // so long before the unlock that it is another look
        [4301, 5000],
        [5001, 5001],  // after an app
        [5002, 5002],  // each unlock but the first
      ])
    #expect(
      history.sessions.map { log.apps(of: $0, in: history) }
        == [["Mail"], [], ["Maps"], [], [], ["Mail", "Radio"], [], []])
    // What the unlock does not say, the screen said.
    #expect(history.sessions.map(\.context.battery) == [0.5, 0.49, 0.47, 0.46, -1, 0.45, -1, -1])
    #expect(history.sessions.map(\.context.place) == [1, 1, 2, 2, 0, 0, 0, 0])
    #expect(history.sessions[0].context.isCharging)
  }

  @Test func systemColumnDecidesAlone() throws {
    let (log, _) = try imported(
      """
      user,time,app,system
      a,10,com.android.launcher,0
      a,20,Mail,1
      a,30,Maps,0
      """)
    let history = try log.history(of: 0)
    #expect(log.apps(of: history.sessions[0], in: history) == ["com.android.launcher", "Maps"])
    #expect(history.sessions.map { [$0.start, $0.end] } == [[10, 30]])
  }

  @Test func systemAppsAreInNoVocabulary() throws {
    let (log, report) = try imported(
      """
      user,time,event,app,notification
      a,10,unlock,,System UI
      a,20,open,Gboard,
      a,30,install,Nova Launcher,
      a,40,open,Mail,
      """)
    let history = try log.history(of: 0)
    #expect(log.appNames == ["Mail"])
    #expect(history.installs.isEmpty)
    #expect(history.sessions.map(\.context.notification) == [-1])
    #expect(report.systemRows == 2)
  }

  @Test(arguments: [
    "com.android.launcher3", "Nova Launcher", "com.android.systemui", "System UI",
    "com.google.android.inputmethod.latin", "com.touchtype.swiftkey.phone.trial", "Gboard",
    "com.samsung.android.incallui", "com.google.android.packageinstaller", "TouchWiz Home",
  ])
  func systemAppsAreRecognised(_ app: String) {
    #expect(AppPatterns.system.match(app))
  }

  @Test(arguments: [
    "com.android.phone", "com.android.dialer", "com.android.settings", "com.android.camera2",
    "com.android.chrome", "Android Auto", "Home Assistant", "Mail",
  ])
  func chosenAppsAreNoSystemApps(_ app: String) {
    #expect(!AppPatterns.system.match(app))
  }

  @Test func mergesUsesOfOneAppInLSAppOnly() throws {
    let opens = [
      (0, "x"), (60, "x"), (121, "x"), (130, "com.android.systemui"), (140, "x"), (150, "y"),
    ]
    let header = "user_id\tsession_id\ttimestamp\tapp_name\tevent_type\n"
    let text = header + opens.map { "a\t1\t\($0)\t\($1)\tOpened\n" }.joined()
    let (kept, _) = try imported(text, options(.tsv))
    #expect(try kept.history(of: 0).opens.map(\.time) == [0, 60, 121, 140, 150])
    let (merged, report) = try imported(text, options(.lsapp))
    #expect(try merged.history(of: 0).opens.map(\.time) == [0, 121, 150])
    #expect(report.mergedOpens == 2)
  }

  @Test func laterVisitsDoNotRenumberPlaces() throws {
    let rows = ["a,100000,x,cafe\n", "a,200000,x,home\n", "a,300000,x,home\n"]
    let (log, _) = try imported("user,time,app,place\n" + rows.joined())
    #expect(try log.history(of: 0).sessions.map(\.context.place) == [1, 2, 2])
  }

  @Test(arguments: [
    (["0.5", "1", "0", ""], [0.5, 1, 0, -1] as [Float]),
    (["1", "0.5", "50", ""], [0.01, 0.005, 0.5, -1]),
    (["1", "1%", "0.5", ""], [0.01, 0.01, 0.005, -1]),
  ])
  func oneBatteryScaleHoldsForTheFile(_ logged: [String], _ expected: [Float]) throws {
    let rows = logged.enumerated().map { "a,\($0 * 1000),x,\($1)\n" }.joined()
    let (log, report) = try imported("user,time,app,battery\n" + rows)
    #expect(report.badRows == 0)
    #expect(try log.history(of: 0).sessions.map(\.context.battery) == expected)
  }

  @Test func lsappFormat() throws {
    let (log, report) = try imported(.file(vectors + "lsapp.tsv"), options(.lsapp))
    #expect(report.rows == 14)
    #expect(report.badRows == 0)
    #expect(report.mergedOpens == 1)
    #expect(report.log.sessionsWithoutApp == 1)
    let histories = try (0..<2).map(log.history).sorted { $0.sessions.count > $1.sessions.count }
    // Gmail again within a minute of its last use is the same use; after 61 s, or after Facebook
    // was in use, it is a new one.
    #expect(
      histories[0].sessions.map { log.apps(of: $0, in: histories[0]) }
        == [["Gmail", "Gmail", "Gmail"], ["Gmail", "Google Chrome"], []])
    // 2018-01-16T06:01:05 to 06:03:45.
    #expect(histories[0].sessions[0].start == 1_516_082_465)
    #expect(histories[0].sessions[0].end == 1_516_082_625)
    #expect(histories[1].sessions.map { log.apps(of: $0, in: histories[1]) } == [["Facebook"]])
    #expect(log.appNames == ["Gmail", "Facebook", "Google Chrome"])
  }
}
