import Glibc

/// Ranks apps by how often they followed the last app; fitted once.
///
/// Backs off to the overall share with the weight of one transition: the share only decides among
/// apps that followed equally often.
struct Markov: Baseline {
  private var slots = AppSlots()
  /// Apps before × apps after.
  private var transitions: [Float]
  private var counts = AppCounts()

  init(moments: ArraySlice<Moment>, of history: ClientHistory) {
    for moment in moments {
      let app = history.opens[moment.open].app
      counts.add(app)
      _ = slots.insert(app)
      if moment.open > 0 { _ = slots.insert(history.opens[moment.open - 1].app) }
    }
    transitions = [Float](repeating: 0, count: slots.count * slots.count)
    for moment in moments where moment.open > 0 {
      let before = slots.slot(of: history.opens[moment.open - 1].app)
      let after = slots.slot(of: history.opens[moment.open].app)
      transitions[before * slots.count + after] += 1
    }
  }

  func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let before = moment.open > 0 ? slots.slot(of: history.opens[moment.open - 1].app) : -1
    for (index, app) in candidates.enumerated() {
      let after = slots.slot(of: app)
      let count = before < 0 || after < 0 ? 0 : transitions[before * slots.count + after]
      scores[index] = log(count + counts.share(of: app))
    }
  }
}
