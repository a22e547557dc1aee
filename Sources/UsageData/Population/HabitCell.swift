/// A situation that has a habit of its own.
enum HabitCell {
  /// Six blocks of four hours, work, elsewhere, and the middle of a weekend day at home.
  static let count = 9
  static let work = 6
  static let elsewhere = 7
  static let weekend = 8

  /// The cell of a moment, from what the phone sees of it.
  static func at(_ time: Int64, place: UInt8, routine: PlaceRoutine) -> Int {
    let block = LocalClock.hour(time) / 4
    if place != 0, place == routine.work { return work }
    if place >= routine.firstElsewhere { return elsewhere }
    return LocalClock.isWeekend(time) && (2...4).contains(block) ? weekend : block
  }
}
