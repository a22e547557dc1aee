import Foundation
import Privacy
import Testing

/// One line of a reference table.
struct ReferenceRow: CustomTestStringConvertible, Sendable {
  let mechanism: String
  let samplingRate: Double
  let sigma: Double
  let steps: Int
  let delta: Double
  let accountant: String
  let epsilon: Double

  var testDescription: String {
    "\(mechanism) q=\(samplingRate) σ=\(sigma) T=\(steps) δ=\(delta) \(accountant)"
  }

  /// Whether another accountant answers the same question.
  func isSameQuestion(as other: Self) -> Bool {
    mechanism == other.mechanism && samplingRate == other.samplingRate && sigma == other.sigma
      && steps == other.steps && delta == other.delta
  }

  /// The rows of a file in the folder Vectors.
  static func read(_ name: String) throws -> [ReferenceRow] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: folder.appending(path: "Vectors/\(name)"), encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst().map { line in
      let fields = line.split(separator: ",").map(String.init)
      let numbers = fields.map { Double($0) ?? .nan }
      return ReferenceRow(
        mechanism: fields[0], samplingRate: numbers[1], sigma: numbers[2], steps: Int(numbers[3]),
        delta: numbers[4], accountant: fields[5], epsilon: numbers[6])
    }
  }

  /// What the row describes, at its own or at another noise multiplier.
  func event(sigma: Double? = nil) -> PrivacyEvent? {
    let sigma = sigma ?? self.sigma
    let name =
      mechanism.hasPrefix("calibrate_") ? String(mechanism.dropFirst(10)) : mechanism
    let words = name.split(separator: "_").map(String.init)
    // The number after the letter in the last word of the name, as in tree_restart_x8.
    let parameter = Int(words[words.count - 1].drop { !$0.isNumber }) ?? 0
    let depth = log2(Double(steps + 1)).rounded(.up)
    switch name {
    case "poisson_gaussian", "poisson_gaussian_replace_one":
      return PrivacyEvent(
        .poissonGaussian(samplingRate: samplingRate, noiseMultiplier: sigma), count: steps)
    case "gaussian", "gaussian_replace_one":
      return PrivacyEvent(.gaussian(noiseMultiplier: sigma), count: steps)
    case "fixed_size_wor_gaussian_replace_one":
      // The table counts noise per replace-one sensitivity, which is two clipping bounds.
      return PrivacyEvent(
        .fixedSizeGaussian(samplingRate: samplingRate, noiseMultiplier: 2 * sigma), count: steps)
    case _ where name.hasPrefix("truncated_poisson"):
      return PrivacyEvent(
        .truncatedPoissonGaussian(
          samplingRate: samplingRate, noiseMultiplier: sigma,
          population: Int(words[2].dropFirst()) ?? 0, capacity: parameter),
        count: steps)
    case _ where name.hasPrefix("discrete_gaussian"):
      return PrivacyEvent(
        .discreteGaussian(standardDeviation: sigma, sensitivity: parameter), count: steps)
    case "tree_single_epoch":
      return PrivacyEvent(
        .correlatedGaussian(noiseMultiplier: sigma, sensitivity: depth.squareRoot()))
    case _ where name.hasPrefix("tree_restart"):
      let sensitivity = (depth * Double(parameter)).squareRoot()
      return PrivacyEvent(.correlatedGaussian(noiseMultiplier: sigma, sensitivity: sensitivity))
    case _ where name.hasPrefix("bandmf_minsep"):
      let sensitivity = Double(parameter).squareRoot()
      return PrivacyEvent(.correlatedGaussian(noiseMultiplier: sigma, sensitivity: sensitivity))
    case _ where name.hasPrefix("bandmf_amplified"):
      return PrivacyEvent(
        .poissonGaussian(samplingRate: samplingRate, noiseMultiplier: sigma),
        count: (steps + parameter - 1) / parameter)
    case "zcdp_rho":
      return PrivacyEvent(.zeroConcentrated(rho: sigma), count: steps)
    default:
      return nil
    }
  }

  var adjacency: Adjacency {
    if mechanism.hasSuffix("replace_one") { return .replaceOne }
    return mechanism.hasPrefix("tree") || mechanism.hasPrefix("bandmf_minsep")
      ? .zeroOut : .addOrRemove
  }

  /// ε of the row's event by this accountant.
  func epsilon(by accountant: Accountant, sigma: Double? = nil) throws -> Double? {
    guard let event = event(sigma: sigma) else { return nil }
    var accounting = PrivacyAccountant(adjacency: adjacency, accountant: accountant)
    return try accounting.guarantee(of: [event], delta: delta).epsilon
  }
}
