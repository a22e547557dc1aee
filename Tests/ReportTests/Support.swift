import Foundation
import Report
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("report-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    let file = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func text(of name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }
}

/// A small run with numbers that can be checked by hand.
struct SmallRun {
  var name = "small"
  var seed = 1
  var cohortSize = 10
  var mechanism = "none"
  /// ε of the first and of the second round.
  var epsilons = ["inf", "inf"]
  /// Of the model, in the evaluations after rounds 1 and 2.
  var accuracies = [0.2, 0.4]
  var ceiling = 0.5
  var secureAggregation = "none"

  func write(to folder: TemporaryFolder, _ place: String) throws {
    try folder.write(
      """
      # Does it
      # work?
      name: \(name)
      seed: \(seed)
      training:
        rounds: 2
        cohort_size: \(cohortSize)
      privacy:
        mechanism: \(mechanism)
        clipping_bound: null
      secure_aggregation:
        protocol: \(secureAggregation)
      workers:
        deadline_seconds: 120.0

      """, to: "\(place)/config.yaml")
    let epsilon = epsilons[1] == "inf" ? "null" : epsilons[1]
    try folder.write(
      """
      {"bytes_from_clients": 3000, "bytes_to_clients": 5000, "delta": 0, "epsilon": \(epsilon),
       "future": {"bayes_optimal": {"accuracy_top1": \(ceiling)},
         "federated": {"accuracy_top1": \(accuracies[1]), "clients": 2, "examples": 30},
         "most_frequent": {"accuracy_top1": 0.1}},
       "new_clients": {}, "rounds": 2}
      """, to: "\(place)/summary.json")
    try folder.write(
      "round,cohort_size,update_norm,clipping_bound,epsilon,bytes_to_clients,bytes_from_clients\r\n"
        + "1,\(cohortSize),0.5,,\(epsilons[0]),2000,1000\r\n"
        + "2,\(cohortSize),0.25,,\(epsilons[1]),3000,2000\r\n", to: "\(place)/rounds.csv")
    var rows = "round,split,predictor,accuracy_top1\r\n"
    for (round, accuracy) in zip([1, 2], accuracies) {
      rows +=
        "\(round),future,federated,\(accuracy)\r\n\(round),future,bayes_optimal,\(ceiling)\r\n"
      rows += "\(round),future,most_frequent,0.1\r\n"
    }
    try folder.write(rows, to: "\(place)/evaluation.csv")
    // Pooled: 2 + 4 of 10 + 20 in round 1, 4 + 8 in round 2.
    try folder.write(
      "round,split,client,predictor,sim_examples,sim_accuracy_top1\r\n"
        + "1,future,7,federated,10,0.3\r\n1,future,9,federated,20,0.15\r\n"
        + "1,future,7,most_frequent,10,0.1\r\n1,future,9,most_frequent,20,0.1\r\n"
        + "2,future,7,federated,10,0.6\r\n2,future,9,federated,20,0.3\r\n",
      to: "\(place)/clients.csv")
    try folder.write(
      "round,seconds,evaluate_seconds\r\n1,1.5,0.5\r\n2,3,1\r\n", to: "\(place)/system.csv")
    try folder.write(
      "round,mechanism,unit,adjacency,sampler,sampling_rate,noise_multiplier,accountant,epsilon,"
        + "delta\r\n2,\(mechanism),client,add_or_remove,poisson,0.1,1.5,pld,\(epsilons[1]),1e-05\r\n",
      to: "\(place)/privacy.csv")
    try folder.write(
      """
      {"version": "0.1.0", "workers": 2, "source_revision": "abc", "privacy":
        {"assumptions": ["cohorts are secret", "clocks agree"], "covers": "the model"}}
      """,
      to: "\(place)/manifest.json")
    guard secureAggregation != "none" else { return }
    try folder.write(
      "round,keys_clients_seconds,keys_server_seconds,upload_clients_seconds,upload_server_seconds"
        + "\r\n1,0.5,0.25,0.5,0.25\r\n2,1.5,0.5,1.5,1\r\n",
      to: "\(place)/secure_aggregation_seconds.csv")
  }
}

extension TemporaryFolder {
  /// The runs in these folders of it.
  func runs(_ places: String...) throws -> RunSet {
    try RunSet(folders: places.map { "\(path)/\($0)" })
  }
}

extension Figure {
  func line(_ name: String) -> Series? { series.first { $0.name == name } }
}

func isClose(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
  value.map { abs($0 - expected) <= tolerance } ?? false
}
