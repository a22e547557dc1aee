import Glibc

extension RandomStream {
  /// A number in [0, 1) with 53 random bits.
  @inline(__always)
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number in (0, 1]: safe to take the logarithm of.
  @inline(__always)
  package mutating func positiveUniform() -> Double {
    Double((next() >> 11) &+ 1) * 0x1p-53
  }

  /// A whole number in 0..<bound, exactly uniform (Lemire 2019, https://arxiv.org/abs/1805.10941).
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a random number below \(bound) does not exist")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// True with the given probability.
  @inline(__always)
  package mutating func chance(_ probability: Double) -> Bool {
    uniform() < probability
  }

  /// A standard normal number (Marsaglia's polar method; two at a time).
  package mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let s = x * x + y * y
      if s < 1, s > 0 {
        let scale = (-2 * log(s) / s).squareRoot()
        spareNormal = y * scale
        return x * scale
      }
    }
  }

  /// An exponential number with mean 1.
  package mutating func exponential() -> Double {
    -log(positiveUniform())
  }

  /// The index drawn from unnormalised cumulative weights (the last entry is their total).
  package mutating func index(cumulative: [Double]) -> Int {
    let target = uniform() * cumulative[cumulative.count - 1]
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Shuffles in place (Fisher–Yates); the standard library's order may change, this one may not.
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, below(last + 1))
    }
  }

  /// The same for example numbers, specialised: local training shuffles before every epoch.
  package mutating func shuffle(_ elements: inout [Int32]) {
    elements.withUnsafeMutableBufferPointer { elements in
      for last in stride(from: elements.count - 1, to: 0, by: -1) {
        elements.swapAt(last, below(last + 1))
      }
    }
  }
}
