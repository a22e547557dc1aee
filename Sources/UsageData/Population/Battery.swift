import LinearAlgebra

/// The battery of a phone, followed from unlock to unlock.
struct Battery: Sendable {
  private(set) var level: Double
  private(set) var isCharging = false

  init(using stream: inout RandomStream) {
    level = stream.uniform(in: 0.4...1)
  }

  /// Time passes, with the phone in use or not.
  mutating func pass(seconds: Int64, inUse: Bool, _ routine: ChargingRoutine) {
    let hours = Double(seconds) / 3600
    if isCharging {
      level = min(1, level + hours * ChargingRoutine.chargePerHour)
    } else {
      let drain = routine.idleDrain + (inUse ? routine.activeDrain : 0)
      level = max(0.01, level - hours * drain)
    }
  }

  /// The client plugs the phone in or unplugs it, if it is the moment for it.
  mutating func decide(hour: Int, isHome: Bool, using stream: inout RandomStream) {
    let isNight = hour >= 22 || hour < 6
    let probability: Double
    if isCharging {
      probability = isNight && isHome ? 0.02 : (level > 0.9 || !isHome ? 0.5 : 0.1)
    } else {
      probability = level < 0.2 ? 0.5 : (isNight && isHome ? 0.25 : 0.01)
    }
    if stream.chance(probability) { isCharging.toggle() }
  }
}
