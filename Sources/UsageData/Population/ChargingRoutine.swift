import LinearAlgebra

/// How fast a client's battery drains.
struct ChargingRoutine: Sendable {
  /// Share of the battery per hour: always, and on top of it while in use.
  let idleDrain: Double
  let activeDrain: Double
  static let chargePerHour = 0.45

  init(using stream: inout RandomStream) {
    idleDrain = stream.uniform(in: 0.01...0.03)
    activeDrain = stream.uniform(in: 0.08...0.18)
  }
}
