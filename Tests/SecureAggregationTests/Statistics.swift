/// Pearson's statistic for equally likely bins.
func chiSquare(_ counts: [Int]) -> Double {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
}

/// How often each byte value occurs in the words.
func byteCounts(_ words: [UInt32]) -> [Int] {
  var counts = [Int](repeating: 0, count: 256)
  for word in words {
    withUnsafeBytes(of: word) { for byte in $0 { counts[Int(byte)] += 1 } }
  }
  return counts
}
