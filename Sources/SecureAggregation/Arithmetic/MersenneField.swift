/// Arithmetic modulo the Mersenne prime 2^61 − 1.
package enum MersenneField {
  package static let prime: UInt64 = (1 << 61) - 1

  @inline(__always)
  package static func add(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let sum = a + b
    return sum >= prime ? sum - prime : sum
  }

  @inline(__always)
  package static func subtract(_ a: UInt64, _ b: UInt64) -> UInt64 {
    a >= b ? a - b : a + prime - b
  }

  @inline(__always)
  package static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    // 2^61 is 1 modulo the prime, so the bits above the 61st are added to those below it.
    return add(product.low & prime, product.high << 3 | product.low >> 61)
  }

  /// The number that gives 1 when multiplied by `a`, by Fermat: a^(p−2).
  package static func inverse(_ a: UInt64) -> UInt64 {
    precondition(a != 0, "zero has no inverse")
    var result: UInt64 = 1
    var power = a
    var exponent = prime - 2
    while exponent > 0 {
      if exponent & 1 == 1 { result = multiply(result, power) }
      power = multiply(power, power)
      exponent >>= 1
    }
    return result
  }
}
