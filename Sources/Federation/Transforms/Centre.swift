import LinearAlgebra

/// Takes the server's centre off an update before it is clipped; the server adds it to the mean again.
package struct Centre: UpdateTransform {
  package init() {}

  package func onClient(
    _ update: UnsafeMutableBufferPointer<Float>, _ note: inout ClientNote, _ context: ClientContext
  ) {
    guard note.fate == .reported, context.centre.count == update.count else { return }
    context.centre.withUnsafeBufferPointer { centre in
      guard let centre = centre.baseAddress, let update = update.baseAddress else { return }
      Elementwise.subtract(context.centre.count, centre, from: update)
    }
  }
}
