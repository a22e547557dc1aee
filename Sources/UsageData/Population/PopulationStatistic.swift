/// One figure that describes a population, beside what real phones show.
package struct PopulationStatistic: Sendable {
  package let quantity: String
  package let value: Double
  /// What studies of real phones report; nil where nothing is known to compare with.
  package let target: ClosedRange<Double>?

  package var isInside: Bool? { target.map { $0.contains(value) } }
}
