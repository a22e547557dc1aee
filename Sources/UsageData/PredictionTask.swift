/// What is predicted.
package enum PredictionTask: String, Sendable, Codable, CaseIterable {
  /// The first app opened after an unlock; unlocks that open none are left out.
  case firstApp = "first_app"
  /// The next app opened, when it differs from the one before it.
  case nextApp = "next_app"
}

/// One labelled moment of a history: predict `history.opens[open].app` from what came before.
package struct Moment: Equatable, Sendable {
  /// Index into `sessions`; its unlock and context are visible.
  package var session: Int
  /// Index into `opens` of the target; opens before it are visible, it and later ones are not.
  package var open: Int
  /// The moment of prediction: the unlock for the first app of a session, else the open itself.
  package var time: Int64

  package init(session: Int, open: Int, time: Int64) {
    self.session = session
    self.open = open
    self.time = time
  }
}

extension PredictionTask {
  /// Every labelled moment of a history, in time order.
  package func moments(in history: ClientHistory) -> [Moment] {
    var moments: [Moment] = []
    for (index, session) in history.sessions.enumerated() {
      for open in session.opens {
        let isFirst = open == session.opens.lowerBound
        switch self {
        case .firstApp where !isFirst: continue
        case .nextApp
        where open == 0 || history.opens[open].app == history.opens[open - 1].app:
          continue
        default:
          let time = isFirst ? session.start : history.opens[open].time
          moments.append(Moment(session: index, open: open, time: time))
        }
      }
    }
    return moments
  }
}
