/// How regular the people of a synthetic population are.
package enum PopulationPreset: String, Sendable, Codable, CaseIterable {
  /// Inside the ranges that studies of real phones report.
  case typical
  /// Strong habits: nine times in ten the phone can know what comes. Easier than any real log.
  case routine
  /// Flat preferences that drift fast, few habits, many new apps.
  case erratic
}
