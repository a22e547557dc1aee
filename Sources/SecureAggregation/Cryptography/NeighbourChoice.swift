/// The neighbours that a participant chose to hold its shares.
///
/// All of them follow from 32 random bytes in its signed advertisement: everybody can check who
/// chose whom, and nobody but the participant has a say in it. It chooses from the whole cohort, not
/// from those that turn up, so that a server which leaves some out replaces none by others.
package enum NeighbourChoice {
  package static let length = 32

  /// `neighbours` others, each set equally likely, ascending.
  package static func neighbours(
    _ choice: some Collection<UInt8>, of participant: Int, _ parameters: AggregationParameters
  ) -> [Int] {
    precondition(choice.count == length && parameters.neighbours < parameters.cohortSize)
    var source = KeyedRandomSource(seed: MaskSeed(Array(choice)))
    var isChosen = [Bool](repeating: false, count: parameters.cohortSize)
    var left = parameters.neighbours
    while left > 0 {
      let place = Int(source.below(UInt64(parameters.cohortSize - 1)))
      let other = place < participant ? place : place + 1
      if !isChosen[other] {
        isChosen[other] = true
        left -= 1
      }
    }
    return isChosen.indices.filter { isChosen[$0] }
  }
}
