import LinearAlgebra

/// Where a client spends its days: home, often work, and a few other places.
struct PlaceRoutine: Sendable {
  static let home: UInt8 = 1

  /// 2 for those who go to work, else 0.
  let work: UInt8
  /// Hours of the day.
  let workStart: Double
  let workEnd: Double
  /// Other places, numbered on from here.
  var firstElsewhere: UInt8 { work == 0 ? 2 : 3 }

  init(using stream: inout RandomStream) {
    work = stream.chance(0.75) ? 2 : 0
    workStart = stream.uniform(in: 7...9.5)
    workEnd = workStart + stream.uniform(in: 6.5...9)
  }

  /// One day's whereabouts.
  struct Day: Sendable {
    /// Seconds since midnight.
    fileprivate var work = 0..<0
    fileprivate var outing = 0..<0
    fileprivate var outingPlace: UInt8 = 0
  }

  /// Draws the day that starts at `midnight`.
  func day(startingAt midnight: Int64, using stream: inout RandomStream) -> Day {
    var day = Day()
    let isWeekend = LocalClock.isWeekend(midnight)
    let isWorkday = work != 0 && !isWeekend && stream.chance(0.92)
    let outing: (probability: Double, start: ClosedRange<Double>, hours: ClosedRange<Double>)
    if isWorkday {
      let start = workStart + 0.25 * stream.normal()
      let end = workEnd + 0.5 * stream.normal()
      day.work = seconds(from: start, hours: max(end - start, 1))
      outing = (0.35, 17.5...20, 1...3)
    } else {
      outing = (isWeekend ? 0.75 : 0.6, 10...18, 1.5...5)
    }
    if stream.chance(outing.probability) {
      day.outing = seconds(
        from: stream.uniform(in: outing.start), hours: stream.uniform(in: outing.hours))
      // More than half of the visits to five other places are to the first.
      let choice = stream.uniform()
      day.outingPlace = firstElsewhere + UInt8(5 * choice * choice * choice)
    }
    return day
  }

  func place(at time: Int64, on day: Day) -> UInt8 {
    let second = Int(time % LocalClock.day)
    if day.work.contains(second) { return work }
    return day.outing.contains(second) ? day.outingPlace : Self.home
  }

  private func seconds(from hour: Double, hours: Double) -> Range<Int> {
    let start = Int(hour * 3600)
    return start..<(start + Int(hours * 3600))
  }
}
