/// Elementary functions in plain arithmetic: the same bits on every processor, and loops over them
/// compile to vector instructions, which calls of the C library prevent.
enum FeatureMath {
  /// Natural logarithm of a positive normal number; relative error below 3e-7 away from 1,
  /// absolute error below 2e-7 near it.
  ///
  /// The polynomial is that of Cephes' `logf`.
  @inline(__always)
  static func log(_ value: Float) -> Float {
    // The bits of √½ as origin put the mantissa into √½…√2.
    let origin: Int32 = 0x3F35_04F3
    let bits = Int32(bitPattern: value.bitPattern) &- origin
    let exponent = Float(bits >> 23)
    let mantissa = Float(bitPattern: UInt32(bitPattern: (bits & 0x007F_FFFF) &+ origin))
    let x = mantissa - 1
    var y: Float = 7.037_683_6e-2
    y = y * x - 1.151_461e-1
    y = y * x + 1.167_699_9e-1
    y = y * x - 1.242_014_1e-1
    y = y * x + 1.424_932_3e-1
    y = y * x - 1.666_805_8e-1
    y = y * x + 2.000_071_5e-1
    y = y * x - 2.499_999_4e-1
    y = y * x + 3.333_333_1e-1
    let square = x * x
    y = y * x * square - 0.5 * square
    return exponent * 0.693_147_2 + (x + y)
  }

  /// 2 to a power in −126…126; relative error below 3e-7 plus that of the argument.
  ///
  /// The polynomial is that of Cephes' `exp2f`.
  @inline(__always)
  static func exp2(_ value: Float) -> Float {
    let bounded = min(max(value, -126), 126)
    // Adding and taking away 1.5 × 2^23 rounds to the nearest whole number.
    let whole = (bounded + 0x1.8p23) - 0x1.8p23
    let x = bounded - whole
    var y: Float = 1.535_336_8e-4
    y = y * x + 1.339_887_4e-3
    y = y * x + 9.618_437e-3
    y = y * x + 5.550_332_5e-2
    y = y * x + 2.402_264_8e-1
    y = y * x + 6.931_472e-1
    y = y * x + 1
    return y * Float(bitPattern: UInt32(Int32(whole) + 127) << 23)
  }
}
