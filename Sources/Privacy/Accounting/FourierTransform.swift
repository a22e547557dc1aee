import Glibc

/// The discrete Fourier transform of real sequences.
enum FourierTransform {
  /// Σ_r x_r e^(−2πi m r/size) for m in 0...size/2.
  ///
  /// `size` is a power of two, at least 4 and at least the length of `values`.
  static func spectrum(
    of values: [Double], size: Int
  ) -> (real: [Double], imaginary: [Double]) {
    precondition(size >= 4 && size & (size - 1) == 0 && values.count <= size)
    let half = size / 2
    // Even places become the real parts, odd places the imaginary parts of half as many numbers.
    var real = [Double](repeating: 0, count: half + 1)
    var imaginary = [Double](repeating: 0, count: half + 1)
    for (index, value) in values.enumerated() {
      if index & 1 == 0 { real[index >> 1] = value } else { imaginary[index >> 1] = value }
    }
    let roots = rootsOfUnity(half)
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        transform(real, imaginary, count: half, roots)
        separate(real, imaginary, count: half)
      }
    }
    return (real, imaginary)
  }

  /// The numbers e^(−2πi k/count) for k in 0..<count/2.
  private static func rootsOfUnity(_ count: Int) -> [(cosine: Double, sine: Double)] {
    (0..<(count / 2)).map { k in
      let angle = -2 * Double.pi * Double(k) / Double(count)
      return (cos(angle), sin(angle))
    }
  }

  /// In place, radix 2: bit reversal, then butterflies of growing width.
  private static func transform(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>,
    count: Int, _ roots: [(cosine: Double, sine: Double)]
  ) {
    var reversed = 0
    for index in 1..<count {
      var bit = count >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if index < reversed {
        real.swapAt(index, reversed)
        imaginary.swapAt(index, reversed)
      }
    }
    roots.withUnsafeBufferPointer { roots in
      var width = 1
      while width < count {
        let stride = count / (2 * width)
        var start = 0
        while start < count {
          for offset in 0..<width {
            let root = roots[offset &* stride]
            let low = start &+ offset
            let high = low &+ width
            let re = real[high] * root.cosine - imaginary[high] * root.sine
            let im = real[high] * root.sine + imaginary[high] * root.cosine
            real[high] = real[low] - re
            imaginary[high] = imaginary[low] - im
            real[low] += re
            imaginary[low] += im
          }
          start += 2 * width
        }
        width *= 2
      }
    }
  }

  /// Turns the transform of the packed numbers into that of the real sequence.
  private static func separate(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>,
    count: Int
  ) {
    (real[count], imaginary[count]) = (real[0] - imaginary[0], 0)
    (real[0], imaginary[0]) = (real[0] + imaginary[0], 0)
    for low in 1...(count / 2) {
      let high = count - low
      let evenReal = 0.5 * (real[low] + real[high])
      let evenImaginary = 0.5 * (imaginary[low] - imaginary[high])
      let oddReal = 0.5 * (imaginary[low] + imaginary[high])
      let oddImaginary = 0.5 * (real[high] - real[low])
      let angle = -Double.pi * Double(low) / Double(count)
      let turnedReal = oddReal * cos(angle) - oddImaginary * sin(angle)
      let turnedImaginary = oddReal * sin(angle) + oddImaginary * cos(angle)
      real[low] = evenReal + turnedReal
      imaginary[low] = evenImaginary + turnedImaginary
      real[high] = evenReal - turnedReal
      imaginary[high] = turnedImaginary - evenImaginary
    }
  }
}
