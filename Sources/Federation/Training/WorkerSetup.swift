import Foundation
import LinearAlgebra

/// All a worker needs to know about an experiment; sent once, as JSON with snake_case keys.
package struct WorkerSetup: Codable, Equatable, Sendable {
  package var configuration: Configuration
  /// No example at or after this moment (local seconds since 1970) is trained on.
  package var trainingEnd: Int64

  /// By app id of an imported log, its rank, or -1 of an app that is in no list; nil keeps the ids.
  package var appRanks: [Int32]?

  /// Apps of the list that the ranks come from: ids from there on are those of apps in no list, which
  /// each client numbers by itself; nil where every app has a rank.
  package var listedApps: Int?

  /// When everybody's test period ends, local seconds since 1970; nil for never.
  package var testEnd: Int64?

  /// Where workers of several runs keep the histories of one synthetic population; nil makes each
  /// anew whenever it is needed.
  package var historyFolder: String?

  /// The run's key, which the configuration does not write.
  private var secret: RandomKey?

  package init(
    configuration: Configuration, trainingEnd: Int64, appRanks: [Int32]? = nil,
    listedApps: Int? = nil, testEnd: Int64? = nil, historyFolder: String? = nil
  ) {
    self.configuration = configuration
    secret = configuration.secret
    self.trainingEnd = trainingEnd
    self.appRanks = appRanks
    self.listedApps = listedApps
    self.testEnd = testEnd
    self.historyFolder = historyFolder
  }

  package init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .fedsim
    self = try decoder.decode(Self.self, from: Data(json))
    configuration.secret = secret
  }

  package func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .fedsim
    encoder.outputFormatting = [.sortedKeys]
    return [UInt8](try encoder.encode(self))
  }
}

/// JSON has no infinity, which `privacy.target_epsilon` may be; it travels as the text "inf".
extension JSONEncoder.NonConformingFloatEncodingStrategy {
  package static var fedsim: Self {
    .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  }
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  package static var fedsim: Self {
    .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  }
}
