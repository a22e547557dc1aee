import Models

/// Which coordinates of the model travel, and which stay with each client.
package struct SharedPart: Equatable, Sendable {
  /// Of the whole model.
  package let model: ParameterLayout
  /// Of what travels, without gaps.
  package let layout: ParameterLayout
  /// What travels, in order.
  package let ranges: [Range<Int>]
  /// What stays, in order.
  package let local: [Range<Int>]

  /// Everything but these coordinates, which are in order, travels.
  package init(of model: ParameterLayout, without local: [Range<Int>] = []) {
    self.model = model
    self.local = local
    guard !local.isEmpty else {
      layout = model
      ranges = [0..<model.count]
      return
    }
    var layout = ParameterLayout()
    var ranges: [Range<Int>] = []
    for slice in model.slices {
      var start = slice.range.lowerBound
      var own: [Range<Int>] = []
      for gap in local where gap.overlaps(slice.range) {
        if start < gap.lowerBound { own.append(start..<gap.lowerBound) }
        start = max(start, gap.upperBound)
      }
      if start < slice.range.upperBound { own.append(start..<slice.range.upperBound) }
      layout.append(slice, count: own.reduce(0) { $0 + $1.count })
      ranges += own
    }
    self.layout = layout
    self.ranges = ranges
  }

  /// Whether the whole model travels.
  package var isWhole: Bool { local.isEmpty }

  /// Numbers that stay with a client.
  package var localCount: Int { local.reduce(0) { $0 + $1.count } }

  /// What travels of a whole model.
  package func gathered(_ whole: [Float]) -> [Float] {
    isWhole ? whole : Self.gather(ranges, of: whole)
  }

  /// What stays of a whole model.
  package func localPart(of whole: [Float]) -> [Float] { Self.gather(local, of: whole) }

  /// Puts what travels into its places in a whole model; what stays is left as it is.
  package func scatter(_ shared: some Collection<Float>, into whole: inout [Float]) {
    Self.scatter(shared, to: ranges, of: &whole)
  }

  /// Puts what stays into its places in a whole model.
  package func scatterLocal(_ part: some Collection<Float>, into whole: inout [Float]) {
    Self.scatter(part, to: local, of: &whole)
  }

  /// As long as the whole model, with zeros for what stays.
  package func spread(_ direction: [Double]) -> [Double] {
    guard !isWhole else { return direction }
    var whole = [Double](repeating: 0, count: model.count)
    var start = 0
    for range in ranges {
      whole.replaceSubrange(range, with: direction[start..<(start + range.count)])
      start += range.count
    }
    return whole
  }

  private static func gather(_ ranges: [Range<Int>], of whole: [Float]) -> [Float] {
    var part: [Float] = []
    part.reserveCapacity(ranges.reduce(0) { $0 + $1.count })
    for range in ranges { part += whole[range] }
    return part
  }

  private static func scatter(
    _ part: some Collection<Float>, to ranges: [Range<Int>], of whole: inout [Float]
  ) {
    var index = part.startIndex
    for range in ranges {
      let end = part.index(index, offsetBy: range.count)
      whole.replaceSubrange(range, with: part[index..<end])
      index = end
    }
  }
}

extension ParameterLayout {
  /// Appends a slice of another layout, or so many of its numbers; nothing where it is none of them.
  fileprivate mutating func append(_ slice: ParameterSlice, count: Int) {
    guard count > 0 else { return }
    append(slice.name, shape: count == slice.count ? slice.shape : [count])
  }
}
