import Glibc
import LinearAlgebra

/// How fast one phone is.
package struct Device: Equatable, Sendable {
  /// Floating-point operations of training.
  package var flopsPerSecond: Double
  package var downBitsPerSecond: Double
  package var upBitsPerSecond: Double
  package var hasEnoughMemory = true

  package init(flopsPerSecond: Double, downBitsPerSecond: Double, upBitsPerSecond: Double) {
    self.flopsPerSecond = flopsPerSecond
    self.downBitsPerSecond = downBitsPerSecond
    self.upBitsPerSecond = upBitsPerSecond
  }
}

extension LogNormalDevices {
  /// The phone of a client: a function of the population's seed and the client alone.
  package func device(of client: Int, seed: UInt64) -> Device {
    var stream = RandomStream(seed: seed, purpose: .device, client: client)
    let speed = exp(sigma * stream.normal())
    let bandwidth = exp(bandwidthSigma * stream.normal())
    let memory = memoryBytes * exp(memorySigma * stream.normal())
    var device = Device(
      flopsPerSecond: flopsPerSecond * speed, downBitsPerSecond: downBitsPerSecond * bandwidth,
      upBitsPerSecond: upBitsPerSecond * bandwidth)
    device.hasEnoughMemory = memory >= minimumMemoryBytes
    return device
  }
}

/// What CSV files say about phones, by client.
package struct TimeTables: Equatable, Sendable {
  /// Nil where speeds are drawn.
  package var devices: [Int: Device]?
  /// In microseconds since the start of the run, in order and apart; nil where no file has them.
  ///
  /// Who is not named is never available.
  package var intervals: [Int: [Range<Int>]]?
  /// Microseconds after which availability repeats itself; nil where it never changes.
  package var period: Int?

  package init() {}
}
