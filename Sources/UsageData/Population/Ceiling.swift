/// The exact distribution of what is opened at some moments: the best that can be predicted.
package struct Ceiling: Sendable {
  /// moments + 1 offsets into `apps` and `probabilities`.
  package var offsets: [Int] = [0]
  /// Every app that can be opened at the moment, the most probable first, then by lower id.
  package var apps: [Int32] = []
  package var probabilities: [Double] = []

  package init() {}

  mutating func reserve(moments: Int, apps: Int) {
    offsets.reserveCapacity(moments + 1)
    self.apps.reserveCapacity(moments * apps)
    probabilities.reserveCapacity(moments * apps)
  }

  /// Adds a moment from the probability of each slot; `apps` has the slots' ids.
  ///
  /// `ranking` holds the slots in the order of the moment before and is put into that of this
  /// one: little changes between two moments, so sorting by insertion takes few steps.
  mutating func append(_ probabilities: [Double], of apps: [Int32], ranking: inout [Int]) {
    for slot in ranking.count..<probabilities.count { ranking.append(slot) }
    ranking.withUnsafeMutableBufferPointer { ranking in
      probabilities.withUnsafeBufferPointer { probabilities in
        for end in ranking.indices.dropFirst() {
          let slot = ranking[end]
          let probability = probabilities[slot]
          var place = end
          while place > 0 {
            let other = ranking[place - 1]
            if probabilities[other] > probability { break }
            if probabilities[other] == probability, apps[other] < apps[slot] { break }
            ranking[place] = other
            place -= 1
          }
          ranking[place] = slot
        }
      }
    }
    for slot in ranking where probabilities[slot] > 0 {
      self.apps.append(apps[slot])
      self.probabilities.append(probabilities[slot])
    }
    offsets.append(self.apps.count)
  }
}
