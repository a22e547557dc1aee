import UsageData

/// Numbers the apps of one client by rank.
///
/// Apps that are in no list get the numbers after the list in the order in which this client meets
/// them: what other clients have on their phones must not show in its numbers.
struct AppRanking {
  private let ranks: [Int32]
  private let listed: Int
  /// By app id of the log, of apps in no list.
  private(set) var own: [Int32: Int32] = [:]

  /// - Parameters:
  ///   - ranks: by app id of the log; -1 of an app that is in no list.
  ///   - listed: apps of the list; nil where every app has a rank.
  init(_ ranks: [Int32], listed: Int?) {
    self.ranks = ranks
    self.listed = listed ?? ranks.count
  }

  mutating func ranked(_ history: ClientHistory) -> ClientHistory {
    var history = history
    for index in history.opens.indices {
      history.opens[index].app = number(history.opens[index].app)
    }
    for index in history.installs.indices {
      history.installs[index].app = number(history.installs[index].app)
    }
    for index in history.sessions.indices where history.sessions[index].context.notification >= 0 {
      let app = history.sessions[index].context.notification
      history.sessions[index].context.notification = number(app)
    }
    return history
  }

  private mutating func number(_ app: Int32) -> Int32 {
    let rank = ranks[Int(app)]
    guard rank < 0 else { return rank }
    if let known = own[app] { return known }
    let number = Int32(listed + own.count)
    own[app] = number
    return number
  }
}
