import Federation
import Foundation
import Models
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

  /// The model comes first there, its update back, and no slice has the name of another.
  @Test(arguments: names) func layoutsBeginWithTheModel(name: String) throws {
    let model = Configuration().makeModel().layout
    var settings = [Configuration(), Configuration()]
    settings[1].training.local.steps = Setting(3)
    for configuration in settings {
      let layouts = try Self.algorithm(name).layouts(
        AlgorithmSettings(configuration, model: model))
      for layout in [layouts.broadcast, layouts.report] {
        #expect(Array(layout.slices.prefix(model.slices.count)) == model.slices)
        #expect(Set(layout.slices.map(\.name)).count == layout.slices.count)
      }
      for layout in [layouts.broadcast, layouts.report, layouts.clientState, layouts.serverState] {
        var end = 0
        for slice in layout.slices {
          #expect(slice.range.lowerBound == end && slice.count == slice.shape.reduce(1, *))
          end = slice.range.upperBound
        }
      }
    }
  }

  @Test(arguments: names) func settingsSurviveCoding(name: String) throws {
    var configuration = Configuration()
    configuration.algorithm = try #require(AlgorithmConfiguration(named: name))
    let encoded = try JSONEncoder().encode(configuration)
    let restored = try JSONDecoder().decode(Configuration.self, from: encoded)
    #expect(restored == configuration && restored.algorithm.name == name)
    #expect((restored == Configuration()) == (name == FedAvg.name))
  }

  /// Neither the order of clients nor one that was trained before, twice, changes a bit.
  @Test(arguments: names) func clientsDoNotTouchEachOther(name: String) throws {
    let algorithm = try Self.algorithm(name)
    var first = QuadraticProblem(algorithm)
    for _ in 0..<2 { try first.next() }
    func round(_ cohort: [Int], again: Bool = false) throws -> (ServerState, [Int: [Float]]) {
      var problem = first
      if again {
        var other = first
        try other.next([2, 2, 0])
      }
      try problem.next(cohort)
      return (problem.state, problem.states)
    }
    let one = try round([0, 1, 2])
    for other in [try round([2, 0, 1]), try round([0, 1, 2], again: true)] {
      #expect(one.0 == other.0 && one.1 == other.1)
    }
    #expect(one.0.parameters[0].isFinite)
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
