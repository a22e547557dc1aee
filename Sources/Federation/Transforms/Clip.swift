import Privacy

/// Scales an update down to the round's clipping bound, and measures it; without a bound measures alone.
package struct Clip: UpdateTransform {
  /// Of the round's bound; 1, but for audits of what happens otherwise.
  package var share = 1.0

  package init() {}

  package func onClient(
    _ update: UnsafeMutableBufferPointer<Float>, _ note: inout ClientNote, _ context: ClientContext
  ) {
    guard note.fate == .reported else { return }
    guard let bound = context.clippingBound, !context.isUnclipped else {
      note.norm = Clipping.norm(UnsafeBufferPointer(update))
      note.largestNorm = note.norm
      // A hostile client sends it all the same.
      if !note.norm.isFinite, !context.isUnclipped { note.fate = .diverged }
      return
    }
    let clipping = Clipping.clip(update, to: share * bound, roundingNorm: context.normGrowth)
    note.norm = clipping.norm
    note.largestNorm = clipping.norm
    note.isClipped = clipping.norm > bound
    if !clipping.isFinite { note.fate = .diverged }
  }
}
