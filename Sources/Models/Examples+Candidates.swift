import LinearAlgebra

extension Examples {
  /// Copies the entry of each candidate's app from a row over the vocabulary.
  func gather(
    _ row: UnsafePointer<Float>, _ candidates: Range<Int>,
    into values: UnsafeMutablePointer<Float>
  ) {
    for (position, candidate) in candidates.enumerated() {
      let app = Int(candidateApps[candidate])
      precondition(0..<shape.vocabulary ~= app, "candidate \(app) is not in the vocabulary")
      values[position] = row[app]
    }
  }

  /// Adds w · f(candidate) to each candidate's score.
  func addLinearScores(
    _ weights: UnsafePointer<Float>, _ candidates: Range<Int>,
    to scores: UnsafeMutablePointer<Float>
  ) {
    let width = shape.candidateWidth
    candidateFeatures.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress, width > 0 else { return }
      BLAS.multiply(
        rows: candidates.count, columns: width,
        .init(features + candidates.lowerBound * width, stride: width), vector: weights, beta: 1,
        into: scores)
    }
  }

  /// Adds the derivative with respect to w of the above, given that with respect to the scores.
  func addLinearGradient(
    _ scoreGradient: UnsafePointer<Float>, _ candidates: Range<Int>,
    to gradient: UnsafeMutablePointer<Float>
  ) {
    let width = shape.candidateWidth
    candidateFeatures.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress, width > 0 else { return }
      BLAS.multiply(
        rows: candidates.count, columns: width,
        .init(features + candidates.lowerBound * width, stride: width, .transposed),
        vector: scoreGradient, beta: 1, into: gradient)
    }
  }
}
