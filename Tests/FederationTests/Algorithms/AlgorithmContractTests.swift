import Federation
import Foundation
import TestSupport
import Testing

/// What every algorithm must keep; a new one is registered and is tested here.
struct AlgorithmContractTests {
  static var names: [String] { AlgorithmConfiguration.all.map { $0.name } }

  static func algorithm(_ name: String) throws -> any Algorithm {
    try #require(AlgorithmConfiguration(named: name)).algorithm
  }

  @Test func namesAndKeysAreUnique() {
    #expect(Set(Self.names).count == Self.names.count)
    let paths = Configuration.keys.map(\.path)
    #expect(Set(paths).count == paths.count)
    for group in Configuration.variantGroups {
      // A key that several variants have is one row, so it has to be one thing.
      for key in group.variants.flatMap({ $0.keys }) {
        let row = Configuration.key(key.path)
        #expect(row?.kind == key.kind && row?.isOptional == key.isOptional, "\(key.path)")
        #expect(row?.unit == key.unit, "\(key.path)")
      }
    }
    for type in AlgorithmConfiguration.all {
      for key in type.keys {
        #expect(key.variants.map { $0.name } == [type.name] && key.path.hasPrefix("algorithm."))
        #expect(key.kind.admits(key.standard) && key.standard != .none)
      }
    }
  }

  @Test(arguments: names) func eachKeepsTheContract(name: String) throws {
    try checkAlgorithm(try Self.algorithm(name))
  }

  @Test(arguments: names) func settingsSurviveCoding(name: String) throws {
    var configuration = Configuration()
    configuration.algorithm = try #require(AlgorithmConfiguration(named: name))
    let encoded = try JSONEncoder().encode(configuration)
    let restored = try JSONDecoder().decode(Configuration.self, from: encoded)
    #expect(restored == configuration && restored.algorithm.name == name)
    #expect((restored == Configuration()) == (name == FedAvg.name))
  }

  /// Steps that an algorithm's rule does not hold for are refused, and name the key.
  @Test func whatAnAlgorithmIsNotForIsRefused() throws {
    let cases: [(any Algorithm, String, (inout Configuration) -> Void)] = [
      (Scaffold(), "training.local.momentum", { $0.training.local.momentum = 0.9 }),
      (Scaffold(), "training.local.optimizer", { $0.training.local.optimizer = .adam }),
      (Scaffold(), "training.weighting", { $0.training.weighting = .examples }),
      (FedDyn(), "training.weighting", { $0.training.weighting = .examples }),
      (FedDyn(), "training.server.optimizer", { $0.training.server.optimizer = .adam }),
      (FedNova(), "training.local.optimizer", { $0.training.local.optimizer = .adagrad }),
      (MimeLite(), "training.local.momentum", { $0.training.local.momentum = 0.5 }),
      (QFedAvg(), "training.local.optimizer", { $0.training.local.optimizer = .adam }),
    ]
    for (algorithm, keyPath, change) in cases {
      var configuration = Configuration()
      configuration.algorithm = AlgorithmConfiguration(algorithm)
      try configuration.validate()
      change(&configuration)
      let error = #expect(throws: SettingError.self) { try configuration.validate() }
      #expect(error?.keyPath == keyPath, "\(type(of: algorithm))")
    }
  }
}
