import Foundation
import Testing
import UsageData
import UsageLog

/// The event column: words and Android's numbers; launchers; duplicates.
@Suite struct EventWordTests {
  /// android.app.usage.UsageEvents.Event, from the documentation and the source of Android 14: number,
  /// name and what an import makes of it.
  private static let types: [(name: String, meaning: String)] = [
    ("NONE", "ignored"), ("ACTIVITY_RESUMED", "open"), ("ACTIVITY_PAUSED", "close"),
    ("END_OF_DAY", "ignored"), ("CONTINUE_PREVIOUS_DAY", "ignored"),
    ("CONFIGURATION_CHANGE", "ignored"), ("SYSTEM_INTERACTION", "ignored"),
    ("USER_INTERACTION", "activity"), ("SHORTCUT_INVOCATION", "ignored"),
    ("CHOOSER_ACTION", "ignored"), ("NOTIFICATION_SEEN", "ignored"),
    ("STANDBY_BUCKET_CHANGED", "ignored"), ("NOTIFICATION_INTERRUPTION", "ignored"),
    ("SLICE_PINNED_PRIV", "ignored"), ("SLICE_PINNED", "ignored"),
    ("SCREEN_INTERACTIVE", "activity"), ("SCREEN_NON_INTERACTIVE", "lock"),
    ("KEYGUARD_SHOWN", "lock"), ("KEYGUARD_HIDDEN", "unlock"),
    ("FOREGROUND_SERVICE_START", "ignored"), ("FOREGROUND_SERVICE_STOP", "ignored"),
    ("CONTINUING_FOREGROUND_SERVICE", "ignored"), ("ROLLOVER_FOREGROUND_SERVICE", "ignored"),
    ("ACTIVITY_STOPPED", "close"), ("ACTIVITY_DESTROYED", "ignored"), ("FLUSH_TO_DISK", "ignored"),
    ("DEVICE_SHUTDOWN", "lock"), ("DEVICE_STARTUP", "ignored"), ("USER_UNLOCKED", "unlock"),
    ("USER_STOPPED", "ignored"), ("LOCUS_ID_SET", "ignored"), ("APP_COMPONENT_USED", "ignored"),
  ]

  /// Rows at 10 s, the event at 20 s and a row at 400 s, which is within the idle gap of no event but
  /// one at 200 s.
  private func history(_ event: String) throws -> (history: ClientHistory, report: ImportReport) {
    let (log, report) = try imported(
      "user,time,event,app\nu,10,1,a\nu,200,\(event),b\nu,400,1,c\n")
    return (try log.history(of: 0), report)
  }

  @Test func androidsNumbersMeanWhatItsNamesDo() throws {
    for (number, type) in Self.types.enumerated() {
      for event in [
        "\(number)", "\(number).0", type.name, type.name.lowercased(),
        type.name.replacing("_", with: " ").capitalized,
      ] {
        let (history, report) = try history(event)
        #expect(report.badRows == 0, "\(event)")
        #expect(report.ignoredRows == (type.meaning == "ignored" ? 1 : 0), "\(event)")
        // Session starts; a session that an event ends has its time as the end.
        let expected: [Int64] =
          switch type.meaning {
          case "open", "activity", "close": [10]
          case "lock": [10, 400]
          case "unlock": [10, 200]
          default: [10, 400]
          }
        #expect(history.sessions.map(\.start) == expected, "\(event)")
        #expect(history.opens.count == (type.meaning == "open" ? 3 : 2), "\(event)")
        #expect(report.ignoredEvents.map(\.name) == (type.meaning == "ignored" ? [type.name] : []))
      }
    }
  }

  @Test func otherNumbersAndWordsAreBad() throws {
    for event in ["32", "99", "-1", "1.5", "tapped", "0x1"] {
      let (_, report) = try history(event)
      #expect(report.badRows == 1, "\(event)")
      #expect(report.badExamples.first?.reason.contains("unknown event '\(event)'") == true)
    }
    let error = usageLogError {
      _ = try imported("user,time,type,app\nu,10,phone,a\nu,20,phone,b\n")
    }
    #expect(error?.description.contains("--columns event=none") == true)
  }

  // MARK: Duplicates

  private static let twice =
    "user,time,event,app\nu,100,unlock,\nu,100,unlock,\nu,101,open,a\nu,101,open,a\nu,101,open,b\n"
    + "v,101,open,a\nu,102,open,a\nu,103,lock,\nu,103,lock,\n"

  @Test func rowsThatSayTheSameAreLeftOut() throws {
    let (log, report) = try imported(Self.twice)
    #expect(report.duplicateRows == 3 && report.rows == 9)
    let once = Self.twice.split(separator: "\n")
    let (plain, none) = try imported(
      once.indices.filter { $0 == 0 || once[$0] != once[$0 - 1] }.map { once[$0] }
        .joined(separator: "\n"))
    #expect(none.duplicateRows == 0)
    #expect(log.contentHash == plain.contentHash)
    let (kept, other) = try imported(Self.twice, options(.csv) { $0.keepsDuplicates = true })
    #expect(other.duplicateRows == 3)
    let opens = try (0..<2).map { try kept.history(of: $0).opens.count }
    #expect(opens.reduce(0, +) == 5)
  }

  /// What differs in anything that is read is no duplicate.
  @Test func rowsThatDifferStay() throws {
    for (header, rows) in [
      ("user,time,app", ["u,5.1,a", "u,5.2,a"]), ("user,time,app", ["u,5,a", "v,5,a"]),
      ("user,time,app,session", ["u,5,a,1", "u,5,a,2"]),
      ("user,time,app,place", ["u,5,a,x", "u,5,a,y"]),
      ("user,time,app,battery", ["u,5,a,0.5", "u,5,a,0.6"]),
    ] {
      let text = ([header] + rows).joined(separator: "\n")
      #expect(try imported(text).report.duplicateRows == 0, "\(header)")
    }
    // A column that nobody reads makes no difference.
    #expect(try imported("user,time,app,class\nu,5,a,A\nu,5,a,B\n").report.duplicateRows == 1)
  }

  // MARK: Launchers

  @Test func launchersOfVendorsAreIgnored() throws {
    let launchers = [
      "com.miui.home", "com.sonymobile.home", "com.sonyericsson.home",
      "com.sec.android.app.launcher",
      "com.huawei.android.launcher", "com.hihonor.android.launcher", "com.oppo.launcher",
      "com.bbk.launcher2", "com.lge.launcher3", "com.google.android.apps.nexuslauncher",
      "net.oneplus.launcher", "com.motorola.launcher3", "com.asus.launcher",
      "com.transsion.XOSLauncher",
      "com.nothing.launcher", "org.lineageos.trebuchet", "app.lawnchair", "ginlemon.flowerfree",
      "com.teslacoilsw.launcher", "com.android.systemui", "com.apple.springboard.home-screen",
    ]
    let apps = [
      "com.miui.gallery", "com.sonymobile.photos", "com.google.android.apps.chromecast.app",
    ]
    let rows = (launchers + apps).enumerated().map { "u,\($0 + 100),\($1)\n" }.joined()
    let (log, report) = try imported("user,time,app\n" + rows)
    #expect(Set(log.appNames) == Set(apps))
    #expect(report.systemRows == launchers.count)
    #expect(Set(report.systemApps.map(\.name)) == Set(launchers))
  }

  @Test func moreSystemAppsCanBeNamed() throws {
    let rows = "user,time,app\nu,1,my.home\nu,2,vendor.panel.left\nu,3,x\nu,4,my.home\n"
    let (log, report) = try imported(
      rows, options(.csv) { $0.systemApps = $0.systemApps.adding(["My.Home", "vendor.*"]) })
    #expect(log.appNames == ["x"])
    #expect(report.systemApps.map(\.name) == ["my.home", "vendor.panel.left"])
    #expect(report.systemApps.map(\.rows) == [2, 1])
  }

  /// A person who opens a home screen first in 28 of 30 sessions, and one who opens many apps.
  @Test func probableLaunchersArePointedOut() throws {
    var text = "user,time,event,app\n"
    for session in 0..<30 {
      let time = 1_714_557_600 + session * 1_000
      text += "a,\(time),unlock,\na,\(time + 1),open,\(session % 15 == 3 ? "mail" : "my.home")\n"
      text += "a,\(time + 2),open,app\(session % 7)\na,\(time + 9),lock,\n"
      text += "b,\(time),unlock,\nb,\(time + 1),open,app\(session % 3)\nb,\(time + 9),lock,\n"
    }
    let (_, report) = try imported(text)
    #expect(
      report.notes.count { $0.contains("'my.home' opens 28 of 30 sessions of 1 client,") } == 1)
    #expect(report.notes.count { $0.contains("launcher") } == 1)
    let (_, named) = try imported(
      text, options(.csv) { $0.systemApps = $0.systemApps.adding(["my.home"]) })
    #expect(!named.notes.contains { $0.contains("launcher") })
  }

  // MARK: Totals

  @Test func totalsPerHourArePointedOut() throws {
    func rows(_ seconds: Int) -> String {
      "user,time,app\n"
        + (0..<200).map { "u,\(1_767_571_200 + $0 / 3 * seconds),app\($0 % 9)\n" }.joined()
    }
    for (seconds, words) in [
      (3_600, "whole hours"), (86_400, "midnight"), (300, "whole five minutes"),
      (900, "whole quarters"),
    ] {
      let (_, report) = try imported(rows(seconds))
      #expect(
        report.notes.contains { $0.contains(words) && $0.contains("200 of 200") }, "\(seconds)")
    }
    #expect(!(try imported(rows(61)).report.notes.contains { $0.contains("totals") }))
  }
}
