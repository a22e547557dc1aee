import Foundation

/// All a worker needs to know about an experiment; sent once, as JSON with snake_case keys.
package struct WorkerSetup: Codable, Equatable, Sendable {
  package var configuration: Configuration
  /// No example at or after this moment (local seconds since 1970) is trained on.
  package var trainingEnd: Int64

  /// By app id of an imported log, its rank among the training clients; nil keeps the ids.
  package var appRanks: [Int32]?

  /// Where workers of several runs keep the histories of one synthetic population; nil makes each
  /// anew whenever it is needed.
  package var historyFolder: String?

  package init(
    configuration: Configuration, trainingEnd: Int64, appRanks: [Int32]? = nil,
    historyFolder: String? = nil
  ) {
    self.configuration = configuration
    self.trainingEnd = trainingEnd
    self.appRanks = appRanks
    self.historyFolder = historyFolder
  }

  package init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .fedsim
    self = try decoder.decode(Self.self, from: Data(json))
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
