/// Bytes that files have at most: a damaged length must not take all memory.
package enum StorageLimit {
  /// Of lists and reports, such as manifest.json, summary.json, SHA256SUMS and config.yaml.
  package static let text = 1 << 26
  /// Of tables and models that nothing else limits.
  package static let table = 1 << 32
}
