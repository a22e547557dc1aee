/// How often each app slot was the target in each of a fixed set of situations.
struct ContextCounts: Sendable {
  /// Hours of the day; an event counts in the hours beside its own too.
  private static let hours = 24
  /// Six blocks of four hours on weekdays and on weekend days.
  private static let dayParts = 12
  /// Unknown, its first two places, and all others.
  private static let places = 4
  private static let width = hours + dayParts + places + dayParts * places

  /// Weights of an event in the hours around it: a Gaussian with σ 1 h.
  private static let hourKernel: [Float] = [0.054_489, 0.244_201, 0.402_620, 0.244_201, 0.054_489]

  /// Where one moment lies in the table.
  struct Situation: Sendable {
    fileprivate let hour: Int
    fileprivate let dayPart: Int
    fileprivate let place: Int
    fileprivate let dayPartAtPlace: Int

    init(time: Int64, place: UInt8) {
      let hour = LocalClock.hour(time)
      let part = hour / 4 + (LocalClock.isWeekend(time) ? ContextCounts.dayParts / 2 : 0)
      let place = Int(min(place, 3))
      self.hour = hour
      dayPart = ContextCounts.hours + part
      self.place = ContextCounts.hours + ContextCounts.dayParts + place
      dayPartAtPlace =
        ContextCounts.width - ContextCounts.dayParts * ContextCounts.places
        + place * ContextCounts.dayParts + part
    }
  }

  /// Slots × width.
  private var counts: [Float] = []
  private var totals = [Float](repeating: 0, count: width)

  mutating func addSlot() {
    counts.append(contentsOf: repeatElement(0, count: Self.width))
  }

  mutating func add(_ slot: Int, in situation: Situation, weight: Float) {
    let row = slot * Self.width
    for (offset, share) in Self.hourKernel.enumerated() {
      let hour = (situation.hour + offset + Self.hours - 2) % Self.hours
      add(row, hour, weight * share)
    }
    add(row, situation.dayPart, weight)
    add(row, situation.place, weight)
    add(row, situation.dayPartAtPlace, weight)
  }

  /// Lanes: hour, part of the day, place, part of the day at the place.
  @inline(__always)
  func counts(of slot: Int, in situation: Situation) -> SIMD4<Float> {
    let row = slot * Self.width
    return SIMD4(
      counts[row + situation.hour], counts[row + situation.dayPart],
      counts[row + situation.place], counts[row + situation.dayPartAtPlace])
  }

  func totals(in situation: Situation) -> SIMD4<Float> {
    SIMD4(
      totals[situation.hour], totals[situation.dayPart], totals[situation.place],
      totals[situation.dayPartAtPlace])
  }

  private mutating func add(_ row: Int, _ column: Int, _ weight: Float) {
    counts[row + column] += weight
    totals[column] += weight
  }

  mutating func removeAll() {
    counts.removeAll(keepingCapacity: true)
    for column in totals.indices { totals[column] = 0 }
  }
}
