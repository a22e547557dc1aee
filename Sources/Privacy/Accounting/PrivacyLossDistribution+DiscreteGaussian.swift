import Glibc

extension PrivacyLossDistribution {
  /// The loss of one integer with discrete Gaussian noise, each loss rounded up to the grid.
  ///
  /// The noise is cut where less than 1e-30 of it lies beyond (Canonne, Kamath and Steinke 2020,
  /// https://arxiv.org/abs/2004.00010); what the other neighbour cannot produce is an infinite
  /// loss.
  init(discreteGaussian sigma: Double, sensitivity: Int, interval: Double) {
    let bound = max(Int((11.6 * sigma).rounded(.up)), sensitivity)
    let weights = (-bound...bound).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let total = weights.reduce(0, +)
    let shift = Double(sensitivity)
    /// Grid index of the loss at x, where the neighbours' noise is x + sensitivity and x.
    func index(_ x: Int) -> Int {
      let loss = shift * (-0.5 * shift - Double(x)) / (sigma * sigma)
      return Int((loss / interval).rounded(.up))
    }
    let lowest = index(bound - sensitivity)
    var masses = [Double](repeating: 0, count: index(-bound) - lowest + 1)
    for x in -bound...(bound - sensitivity) {
      masses[index(x) - lowest] += weights[x + sensitivity + bound] / total
    }
    self.init(
      interval: interval, first: lowest, masses: masses,
      infiniteMass: weights.prefix(sensitivity).reduce(0, +) / total)
  }
}
