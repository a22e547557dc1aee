import LinearAlgebra

/// A model that fedsim knows as a number of parameters alone: another program trains and evaluates it.
///
/// Nothing here may be asked to train: whoever composes a round with it takes updates from that program.
package struct ForeignModel: Model {
  package let layout: ParameterLayout

  package init(parameters: Int) {
    var layout = ParameterLayout()
    layout.append("parameters", parameters)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { true }

  package func makeWorkspace(batch: Int) {}

  /// Zeros, until the program has said what it starts from.
  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    [Float](repeating: 0, count: layout.count)
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>,
    gradient: UnsafeMutablePointer<Float>, _ workspace: inout Void
  ) -> Float {
    preconditionFailure("another program trains this model")
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Void
  ) {
    preconditionFailure("another program evaluates this model")
  }
}
