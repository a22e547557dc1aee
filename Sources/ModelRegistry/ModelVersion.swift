/// How far a version has come.
package enum Stage: String, Codable, Sendable, CaseIterable {
  /// Registered, on no phone.
  case candidate
  /// On a share of the phones, compared with production; at most one version.
  case canary
  /// On all other phones; at most one version.
  case production
  /// Was replaced or rolled back.
  case retired
}

/// One registered model.
package struct ModelVersion: Codable, Equatable, Sendable {
  /// Counts from 1.
  package var version: Int
  package var stage: Stage
  /// The version it was trained from or is to replace; nil for the first.
  package var parent: Int?
  /// The version it took the place of in production; nil when it was never there or was the first.
  package var replaced: Int?
  package var details: ModelDetails
  /// SHA-256 of model.safetensors and of config.yaml, hexadecimal.
  package var modelHash: String
  package var configFileHash: String
  /// Of the copies beside them; nil where the run had no such file.
  package var manifestHash: String?
  package var summaryHash: String?
}

/// Where a model came from and how good it was.
package struct ModelDetails: Codable, Equatable, Sendable {
  package var name: String
  /// The run folder it was taken from.
  package var run: String
  /// SHA-256 of the resolved configuration.
  package var configHash: String
  /// Content hash of the imported log, or what a synthetic population follows from.
  package var dataVersion: String
  /// Of the last evaluation, by name.
  package var metrics: [String: Double]
  /// Privacy spent in training; nil where nothing is claimed.
  package var epsilon: Double?
  package var delta: Double

  package init(
    name: String, run: String, configHash: String, dataVersion: String,
    metrics: [String: Double], epsilon: Double?, delta: Double
  ) {
    self.name = name
    self.run = run
    self.configHash = configHash
    self.dataVersion = dataVersion
    self.metrics = metrics
    self.epsilon = epsilon
    self.delta = delta
  }
}

/// One change of a version's stage.
package struct StageChange: Codable, Equatable, Sendable {
  package var version: Int
  /// Nil when the version was added.
  package var from: Stage?
  package var to: Stage
  /// Seconds since 1970, UTC.
  package var time: Int64
  package var reason: String
}
