import Foundation

/// Labels at the values that were used, where there is room for them.
extension Axis {
  /// A number with at most three digits and no zeros behind them.
  static func tick(_ value: Double) -> String {
    guard value.magnitude < 1e15 else { return String(format: "%.3g", value) }
    return value == value.rounded() ? "\(Int(value))" : String(format: "%.3g", value)
  }

  /// Labels at these values, as many as fit an axis of this width in pixels.
  package func labelled(at values: [Double], width: Double = 280) -> Axis {
    var axis = self
    var ticks: [Tick] = []
    for value in Set(values).sorted() where value.isFinite {
      let tick = Tick(place: value, text: Self.tick(value * scale))
      if ticks.last?.text != tick.text { ticks.append(tick) }
    }
    guard let low = ticks.first?.place, let high = ticks.last?.place, ticks.count <= 12 else {
      return self
    }
    axis.ticks = Self.fitting(ticks, from: place(low), to: place(high), width) { place($0) }
    return axis
  }

  /// Labels at 1, 2 and 5 times the powers of ten in this range: for an axis of logarithms.
  func labelledInDecades(from low: Double, to high: Double) -> Axis {
    let (first, last) = (low * scale, high * scale)
    guard first > 0, last > first else { return self }
    let decades = Int(log10(first).rounded(.down))...Int(log10(last).rounded(.up))
    let values = decades.flatMap { decade in
      (decades.count > 4 ? [1.0] : [1, 2, 5]).map { $0 * pow(10, Double(decade)) }
    }
    .filter { $0 >= first * 0.999 && $0 <= last * 1.001 }
    guard values.count > 1 else { return self }
    var axis = self
    axis.ticks = values.map { Tick(place: $0 / scale, text: String(format: "%.6g", $0)) }
    return axis
  }

  /// Leaves out labels that would run into the one before them; the last one stays.
  private static func fitting(
    _ ticks: [Tick], from low: Double, to high: Double, _ width: Double,
    _ place: (Double) -> Double
  ) -> [Tick] {
    guard high > low else { return ticks }
    func middle(_ tick: Tick) -> Double { (place(tick.place) - low) / (high - low) * width }
    func half(_ tick: Tick) -> Double { Double(tick.text.count) * 2.6 + 3 }
    var kept: [Tick] = []
    for tick in ticks {
      if let last = kept.last, middle(tick) - middle(last) < half(tick) + half(last) {
        if tick == ticks.last, kept.count > 1 { kept[kept.count - 1] = tick }
        continue
      }
      kept.append(tick)
    }
    return kept
  }

  private func place(_ value: Double) -> Double { logarithm == nil ? value : log(value) }

  /// The label with what a reader must know of the scale.
  var fullLabel: String { logarithm == nil ? label : "\(label), log scale" }
}
