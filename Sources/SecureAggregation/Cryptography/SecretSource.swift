/// Where one side of a session gets its secrets from.
package enum SecretSource: SecureRandomSource {
  /// Reproducible, and no secret from whoever knows the experiment's seed.
  case keyed(KeyedRandomSource)
  /// What a deployment uses: nothing can be drawn a second time.
  case system(SystemRandomSource)

  package mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    switch self {
    case .keyed(var source):
      source.fill(bytes)
      self = .keyed(source)
    case .system(let source):
      var source = source
      source.fill(bytes)
    }
  }
}
