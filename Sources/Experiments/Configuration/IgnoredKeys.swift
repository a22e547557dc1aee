import Federation

/// Names the keys that `run` and `sweep` do not look at, though the experiment gives them a value; nil
/// where there are none.
///
/// They are no error: one file may be the experiment of a lifecycle and of a run.
package func ignoredKeysNote(_ configuration: Configuration) throws -> String? {
  guard configuration.lifecycle != LifecycleConfiguration() else { return nil }
  func settings(_ configuration: Configuration) throws -> [(keyPath: String, value: String)] {
    try ConfigurationTree.settings(of: ConfigurationTree.node(from: configuration))
      .filter { $0.keyPath.hasPrefix("lifecycle.") }
  }
  let changed = zip(try settings(configuration), try settings(Configuration()))
    .filter { $0.value != $1.value }.map(\.0.keyPath)
  guard let first = changed.first else { return nil }
  let keys =
    changed.count == 1 ? first : "\(first) and \(changed.count - 1) other keys of lifecycle"
  return
    "\(keys) \(changed.count == 1 ? "has" : "have") no effect on a run; play them with `fedsim "
    + "lifecycle`."
}
