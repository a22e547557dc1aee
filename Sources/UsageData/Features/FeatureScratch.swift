/// Buffers that writing one example needs, kept between examples.
struct FeatureScratch: Sendable {
  /// Values per candidate in `logarithms`.
  static let width = 16

  /// Slots.
  var candidates: [Int32] = []
  /// candidates × width; the first features of every candidate.
  var logarithms: [Float] = []
  /// By slot, counts after the last app and after the last two; all zero between examples.
  var lastCounts: [Float] = []
  var pairCounts: [Float] = []

  /// Makes room for one more slot; slots of an earlier client stay.
  mutating func addSlot() {
    lastCounts.append(0)
    pairCounts.append(0)
  }
}
