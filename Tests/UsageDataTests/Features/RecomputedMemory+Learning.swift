import UsageData

/// What a target taught, found again from the uses before it.
extension RecomputedMemory {
  func lesson(of index: Int) -> Lesson {
    let use = uses[index]
    var lesson = Lesson(
      liking: 1, parts: Lanes(repeating: 0), isExplained: false, range: Self.range(use.moment))
    guard use.isTarget, isOpened(use.app, index) else { return lesson }
    let rank = (recency(index).firstIndex(of: use.app) ?? 0) - (task == .nextApp ? 1 : 0)
    let evidence =
      weights(index, use.moment) * sources(of: use.app, rank: rank, index, use.moment)
    lesson.parts = evidence / Self.sum(evidence)
    lesson.isExplained = true
    lesson.liking = 1 - lesson.parts[15] - lesson.parts[13] - lesson.parts[14]
    return lesson
  }

  /// Halves, quarters and eighths added up, as vector instructions do.
  static func sum(_ lanes: Lanes) -> Float {
    let eight = (0..<8).map { lanes[$0] + lanes[$0 + 8] }
    let four = (0..<4).map { eight[$0] + eight[$0 + 4] }
    return (four[0] + four[1]) + (four[2] + four[3])
  }
}
