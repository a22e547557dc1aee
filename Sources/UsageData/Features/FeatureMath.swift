/// Elementary functions in plain arithmetic: the same bits on every processor, and loops over them
/// compile to vector instructions, which calls of the C library prevent.
package enum FeatureMath {
  /// Natural logarithm of a positive normal number; relative error below 3e-7 away from 1,
  /// absolute error below 2e-7 near it.
  ///
  /// The polynomial is that of Cephes' `logf`.
  @inline(__always)
  package static func log(_ value: Float) -> Float {
    // The bits of √½ as origin put the mantissa into √½…√2.
    let origin: Int32 = 0x3F35_04F3
    let bits = Int32(bitPattern: value.bitPattern) &- origin
    let exponent = Float(bits >> 23)
    let mantissa = Float(bitPattern: UInt32(bitPattern: (bits & 0x007F_FFFF) &+ origin))
    let x = mantissa - 1
    let x2 = x * x
    let x4 = x2 * x2
    // Estrin's scheme: half the latency of Horner's.
    let low = (3.333_333_1e-1 - 2.499_999_4e-1 * x) + (2.000_071_5e-1 - 1.666_805_8e-1 * x) * x2
    let high =
      (1.424_932_3e-1 - 1.242_014_1e-1 * x) + (1.167_699_9e-1 - 1.151_461e-1 * x) * x2
    let y = (low + (high + 7.037_683_6e-2 * x4) * x4) * x * x2 - 0.5 * x2
    return exponent * 0.693_147_2 + (x + y)
  }

  /// 2 to a power in −126…126; relative error below 3e-7 plus that of the argument.
  ///
  /// The polynomial is that of Cephes' `exp2f`.
  @inline(__always)
  package static func exp2(_ value: Float) -> Float {
    let bounded = min(max(value, -126), 126)
    // Adding and taking away 1.5 × 2^23 rounds to the nearest whole number.
    let whole = (bounded + 0x1.8p23) - 0x1.8p23
    let x = bounded - whole
    let x2 = x * x
    let low = (1 + 6.931_472e-1 * x) + (2.402_264_8e-1 + 5.550_332_5e-2 * x) * x2
    let high = (9.618_437e-3 + 1.339_887_4e-3 * x) + 1.535_336_8e-4 * x2
    let y = low + high * x2 * x2
    return y * Float(bitPattern: UInt32(Int32(whole) + 127) << 23)
  }

  /// The sum of all lanes, in a fixed order.
  @inline(__always)
  static func sum(_ values: SIMD16<Float>) -> Float {
    let eight = values.lowHalf + values.highHalf
    let four = eight.lowHalf + eight.highHalf
    return (four[0] + four[1]) + (four[2] + four[3])
  }
}
