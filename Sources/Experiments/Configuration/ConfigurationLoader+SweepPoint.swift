import Federation
import Yams

/// The experiment of one point of a sweep.
extension ConfigurationLoader {
  /// The checked experiment with these settings in place of the file's.
  func configuration(with settings: [SweepSetting]) throws -> Configuration {
    var point = self
    for setting in settings {
      let keys = setting.keyPath.split(separator: ".").map(String.init)
      try point.refuseGroupGivenAsValue(on: keys, place: setting.place)
      let before = point.user
      point.user = Self.setting(setting.value, at: keys[...], in: point.user)
      point.overrides.append(Override(keyPath: setting.keyPath, place: setting.place))
      point.dropKeysOfVariant(replacedAt: setting.keyPath, before: before)
    }
    if settings.contains(where: \.isUnlimitedBudget) { point.removeNoise() }
    return try point.configuration()
  }

  /// The point of an unlimited budget: the same clipping and sampling, and no noise.
  ///
  /// Clients cannot add no noise: the server stands in for them, with whole sums as exact as they
  /// can be.
  private mutating func removeNoise() {
    remove("privacy.budget")
    let mechanism = Self.node(at: "privacy.mechanism", in: user)?.string
    guard
      let given = mechanism.flatMap(PrivacyConfiguration.Mechanism.init(rawValue:)),
      [.discreteGaussian, .skellam, .localGaussian].contains(given)
    else { return }
    let gaussian = Node(PrivacyConfiguration.Mechanism.gaussian.rawValue)
    user = Self.setting(gaussian, at: ["privacy", "mechanism"], in: user)
    let scheme = Self.node(at: "secure_aggregation.protocol", in: user)?.string ?? "none"
    if scheme == "none" {
      remove("secure_aggregation")
    } else {
      remove("secure_aggregation.encoding.bits")
      remove("secure_aggregation.encoding.fraction_bits")
    }
  }
}

extension SweepSetting {
  /// `privacy.target_epsilon: inf`, the point without privacy that the others are measured by.
  var isUnlimitedBudget: Bool {
    keyPath == "privacy.target_epsilon" && SweepPoint.cell(of: value) == .number(.infinity)
  }
}
