import Glibc

/// Ranks apps by how often they were the target around this hour of the day; fitted once.
///
/// Hours near by count too, with a Gaussian weight (σ 2 h) around the clock; apps without any such
/// weight follow by their overall share.
struct HourlyFrequent: Baseline {
  private static let hours = 24

  private var slots = AppSlots()
  /// Apps × hours.
  private var weights: [Float] = []
  private var counts = AppCounts()

  init(moments: ArraySlice<Moment>, of history: ClientHistory) {
    let kernel = (0..<Self.hours).map { offset in
      let distance = Float(min(offset, Self.hours - offset))
      return exp(-distance * distance / 8)
    }
    for moment in moments {
      let app = history.opens[moment.open].app
      counts.add(app)
      let slot = slots.insert(app)
      if weights.count == slot * Self.hours {
        weights.append(contentsOf: repeatElement(0, count: Self.hours))
      }
      let hour = LocalClock.hour(moment.time)
      for offset in 0..<Self.hours {
        weights[slot * Self.hours + (hour + offset) % Self.hours] += kernel[offset]
      }
    }
  }

  func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let hour = LocalClock.hour(moment.time)
    for (index, app) in candidates.enumerated() {
      let slot = slots.slot(of: app)
      let weight = slot < 0 ? 0 : weights[slot * Self.hours + hour]
      scores[index] = log(weight + counts.share(of: app))
    }
  }
}
