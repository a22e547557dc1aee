import Federation
import LinearAlgebra
import Storage

/// What a run with `privacy.randomness: system` draws everything from, as its checkpoint has it.
///
/// It is on the disk before round 1, so that a run that was killed repeats the rounds after its
/// checkpoint instead of releasing them a second time with other noise.
package struct RunSecret: Codable, Equatable, Sendable {
  package let key: RandomKey
  /// The program and the kind of processor.
  ///
  /// Another one may add up other last bits, and the difference of two sums under the same noise has none.
  private let program: String

  /// - Parameter given: of a run that is part of another; nil draws one.
  package init(_ given: RandomKey?) throws {
    key = given ?? .fresh()
    program = try Self.thisProgram()
  }

  /// Nil for an experiment that draws everything from its seed.
  package init?(for configuration: Configuration) throws {
    guard configuration.needsSecret else { return nil }
    try self.init(configuration.secret)
  }

  /// Throws unless this program is the one that began.
  ///
  /// - Parameter folder: of the run, for the message.
  package func requireSameProgram(_ folder: String) throws {
    guard try program != Self.thisProgram() else { return }
    throw ExperimentError(
      .badData,
      "\(folder): was begun by another build of fedsim or on another kind of processor, where sums may "
        + "differ in their last bits under the same noise, so with privacy.randomness: system it cannot be "
        + "resumed here; resume it there, or start a new run, whose epsilon adds to that of this one."
    )
  }

  private static func thisProgram() throws -> String {
    let digest = try FileSystem.explaining { () throws(StorageError) in
      try Digest.ofFile("/proc/self/exe")
    }
    return "\(digest) \(BLAS.configuration) \(BLAS.kernel) \(Elementwise.vectorBits)"
  }
}
