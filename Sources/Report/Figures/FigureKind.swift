/// The figures that can be drawn; raw values name them on the command line and their files.
package enum FigureKind: String, CaseIterable, Sendable {
  case accuracyRounds = "accuracy-rounds"
  case difference
  case differenceRounds = "difference-rounds"
  case accuracyEpsilon = "accuracy-epsilon"
  case accuracySetting = "accuracy-setting"
  case accuracyBytes = "accuracy-bytes"
  case accuracyTime = "accuracy-time"
  case clientAccuracy = "client-accuracy"
  case updateNorm = "update-norm"
  case aggregationBytes = "secure-aggregation-bytes"
  case aggregationTime = "secure-aggregation-time"
  case calibration
  case coverage
  case accuracyDays = "accuracy-days"
  case accuracyStaleness = "accuracy-staleness"
  case accuracyVirtualTime = "accuracy-virtual-time"
  case virtualHours = "virtual-hours"
  case roundDuration = "round-duration"
  case participation

  /// A heading.
  package var title: String {
    switch self {
    case .accuracyRounds: "Accuracy over rounds"
    case .difference: "Difference to the first group"
    case .differenceRounds: "Difference over rounds"
    case .accuracyEpsilon: "Accuracy against privacy"
    case .accuracySetting: "Accuracy against a setting"
    case .accuracyBytes: "Accuracy against communication"
    case .accuracyTime: "Accuracy against time"
    case .clientAccuracy: "Accuracy of individual clients"
    case .updateNorm: "Update norm and clipping bound"
    case .aggregationBytes: "Communication of secure aggregation"
    case .aggregationTime: "Time of secure aggregation"
    case .calibration: "Calibration"
    case .coverage: "Selective accuracy"
    case .accuracyDays: "Accuracy over days"
    case .accuracyStaleness: "Accuracy of phones without a connection"
    case .accuracyVirtualTime: "Accuracy against virtual time"
    case .virtualHours: "Virtual time of a training"
    case .roundDuration: "Duration of a round"
    case .participation: "Participation by speed"
    }
  }

  /// Whether it has one row per group, in place of lines.
  var isOfRows: Bool { self == .difference || self == .virtualHours }

  /// Draws the figure; the error says in one sentence what its data lacks.
  package func figure(of runs: RunSet) throws -> Figure {
    switch self {
    case .accuracyRounds: try accuracyOverRounds(runs)
    case .difference: try finalDifference(runs)
    case .differenceRounds: try differenceOverRounds(runs)
    case .accuracyEpsilon: try accuracyAgainstEpsilon(runs)
    case .accuracySetting: try accuracyAgainstSetting(runs)
    case .accuracyBytes: try accuracyAgainstBytes(runs)
    case .accuracyTime: try accuracyAgainstTime(runs)
    case .clientAccuracy: try clientAccuracy(runs)
    case .updateNorm: try updateNorm(runs)
    case .aggregationBytes: try aggregationBytes(runs)
    case .aggregationTime: try aggregationTime(runs)
    case .calibration: try calibration(runs)
    case .coverage: try coverage(runs)
    case .accuracyDays: try accuracyOverDays(runs)
    case .accuracyStaleness: try accuracyAgainstStaleness(runs)
    case .accuracyVirtualTime: try accuracyAgainstVirtualTime(runs)
    case .virtualHours: try virtualHours(runs)
    case .roundDuration: try roundDuration(runs)
    case .participation: try participationBySpeed(runs)
    }
  }

  /// Thrown where the runs are sound but do not hold what this figure shows.
  func unavailable(_ reason: String) -> FigureUnavailable {
    FigureUnavailable(kind: self, reason: reason)
  }
}

/// Why a figure cannot be drawn from these runs.
struct FigureUnavailable: Error {
  var kind: FigureKind
  var reason: String
}

extension RunSet {
  /// The figures asked for, each once, or without any all that the data can give.
  package func figures(_ wanted: [FigureKind] = []) throws -> [Figure] {
    guard !wanted.isEmpty else {
      let figures = try FigureKind.allCases.compactMap { kind in
        // Who compares variants has no curve over what they set in mind.
        if kind == .accuracySetting, settingNote != nil { return nil as Figure? }
        do {
          return try kind.figure(of: self)
        } catch is FigureUnavailable {
          return nil as Figure?
        }
      }
      guard !figures.isEmpty else {
        throw ReportError(
          .badData,
          "\(folders.joined(separator: ", ")): nothing was measured, so there is nothing to draw; "
            + "run with evaluation.every above 0.")
      }
      return figures
    }
    var seen = Set<FigureKind>()
    do {
      return try wanted.filter { seen.insert($0).inserted }.map { try $0.figure(of: self) }
    } catch let error as FigureUnavailable {
      throw ReportError(
        .badData,
        "\(folders.joined(separator: ", ")): cannot give the figure \(error.kind.rawValue): "
          + error.reason)
    }
  }

  /// Why the figure of a setting is not among all figures, where somebody may look for it.
  package var settingNote: String? {
    let kind = FigureKind.accuracySetting
    guard let (key, isOfVariants) = kind.drawnSetting(of: self), isOfVariants else { return nil }
    return "\(kind.rawValue) is left out, because \(key) is set by the variants, which the figure "
      + "difference compares; ask for it with --figure \(kind.rawValue)."
  }
}
