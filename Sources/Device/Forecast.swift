import Models
import UsageData

/// A prediction, and what was opened as far as that is known.
package struct Forecast: Equatable, Sendable {
  /// Local seconds since 1970.
  package var time: Int64
  /// The most probable apps, as many as were asked for.
  package var apps: [RankedApp]
  /// The app that was opened then; nil when none was, or nobody knows yet.
  package var opened: Int32?
  /// Place of that app among all candidates, from 1; nil when it was not among them.
  package var rank: Int?
}

/// Why nothing can be predicted then.
package enum ForecastError: Error, Equatable {
  /// The history begins later.
  case beforeHistory(begin: Int64)
  /// The history has no event.
  case emptyHistory
  /// Nothing was to be predicted in the period; the unlocks of the history lie in this range.
  case emptyPeriod(unlocks: ClosedRange<Int64>)
}

extension Phone {
  /// What the phone would have said, had it been unlocked at a time.
  ///
  /// If it was, its context then is used; otherwise that of the unlock before, without its
  /// notification. For `next_app` within a session the open app counts.
  ///
  /// - Parameters:
  ///   - time: local seconds since 1970; nil is right after the last event.
  ///   - top: how many apps to keep.
  package mutating func forecast(
    at time: Int64?, task: PredictionTask, in history: ClientHistory, top: Int
  ) throws(ForecastError) -> Forecast {
    guard let first = history.sessions.first else { throw .emptyHistory }
    let time = time ?? history.sessions.reduce(first.end) { max($0, $1.end) }
    guard time >= first.start else { throw .beforeHistory(begin: first.start) }
    forget()
    var context = first.context
    var isUnlocked = false
    for event in history.events {
      switch event {
      case .install(let install) where install.time >= time: continue
      case .unlock(let start, let device):
        if start == time {
          observe(event)
          let session = history.sessions.first { $0.start == time }
          return forecast(
            at: time, opened: session.flatMap { $0.opens.first.map { history.opens[$0].app } },
            top: top)
        }
        guard start < time else { return unlocked(at: time, context, isUnlocked, task, top: top) }
        context = device
        isUnlocked = true
      case .open(let open) where open.time >= time: continue
      case .lock(let end):
        guard end < time else { continue }
        isUnlocked = false
      default: break
      }
      observe(event)
    }
    return unlocked(at: time, context, isUnlocked, task, top: top)
  }

  private mutating func unlocked(
    at time: Int64, _ context: DeviceContext, _ isUnlocked: Bool, _ task: PredictionTask, top: Int
  ) -> Forecast {
    if task == .firstApp || !isUnlocked {
      if isUnlocked { observe(.lock(time: time)) }
      var context = context
      context.notification = -1
      observe(.unlock(time: time, context: context))
    }
    return forecast(at: time, opened: nil, top: top)
  }

  /// What the phone said at every unlock of a period (`first_app`) or before every switch of apps
  /// (`next_app`), beside what was opened.
  package mutating func forecasts(
    in period: Range<Int64>, task: PredictionTask, of history: ClientHistory, top: Int
  ) throws(ForecastError) -> [Forecast] {
    guard let first = history.sessions.first else { throw .emptyHistory }
    guard period.upperBound > first.start else { throw .beforeHistory(begin: first.start) }
    var forecasts: [Forecast] = []
    forget()
    var session = -1
    var openIndex = 0
    var lastApp: Int32?
    events: for event in history.events {
      switch event {
      case .unlock(let time, _):
        guard time < period.upperBound else { break events }
        session += 1
        observe(event)
        if task == .firstApp, period.contains(time) {
          let opens = history.sessions[session].opens
          forecasts.append(
            forecast(at: time, opened: opens.first.map { history.opens[$0].app }, top: top))
        }
        continue
      case .open(let open):
        let isFirst = openIndex == history.sessions[session].opens.lowerBound
        let time = isFirst ? history.sessions[session].start : open.time
        if task == .nextApp, let lastApp, lastApp != open.app, period.contains(time) {
          forecasts.append(forecast(at: time, opened: open.app, top: top))
        }
        openIndex += 1
        lastApp = open.app
      default: break
      }
      observe(event)
    }
    guard !forecasts.isEmpty else {
      throw .emptyPeriod(unlocks: first.start...(history.sessions.last ?? first).start)
    }
    return forecasts
  }

  private mutating func forecast(at time: Int64, opened: Int32?, top: Int) -> Forecast {
    rank(at: time)
    let place = opened.flatMap { opened in ranking.firstIndex { $0.app == opened } }
    return Forecast(
      time: time, apps: Array(ranking.prefix(top)), opened: opened, rank: place.map { $0 + 1 })
  }
}
