import Federation

/// Names the keys that `run` and `sweep` do not look at, though the experiment gives them a value; nil
/// where there are none.
///
/// They are no error: one file may be the experiment of a lifecycle and of a run.
package func ignoredKeysNote(_ configuration: Configuration) -> String? {
  let standard = Configuration()
  let changed = Configuration.keys
    .filter { $0.decides == [.lifecycle] && $0.value(configuration) != $0.value(standard) }
    .map(\.path)
  guard let first = changed.first else { return nil }
  let others = changed.count - 1
  let keys =
    others == 0
    ? first : "\(first) and \(others) other \(others == 1 ? "key" : "keys") of lifecycle"
  return
    "\(keys) \(others == 0 ? "has" : "have") no effect on a run; simulate them with `fedsim "
    + "lifecycle`."
}
