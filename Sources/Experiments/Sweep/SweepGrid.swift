import Federation
import Tables

/// The points of a sweep before their experiments are read: every combination of the steps of its axes.
struct SweepGrid {
  private let axes: [SweepAxis]
  private let hasVariants: Bool
  let keyPaths: [String]
  let count: Int

  init(_ loader: ConfigurationLoader) throws {
    let axes = try loader.sweepAxes()
    let count = axes.reduce(1) { count, axis in
      let (product, overflows) = count.multipliedReportingOverflow(by: axis.steps.count)
      return overflows ? .max : product
    }
    guard count <= ConfigurationLoader.largestSweep else { throw loader.tooManyPoints }
    var seen = Set<String>()
    keyPaths = axes.flatMap { $0.steps.flatMap(\.settings) }.map(\.keyPath)
      .filter { seen.insert($0).inserted }
    hasVariants = axes.contains { $0.steps.contains { $0.name != nil } }
    self.axes = axes
    self.count = count
  }

  /// What the points differ in: `variant` if there are named ones, then key paths.
  var columns: [String] { (hasVariants ? ["variant"] : []) + keyPaths }

  /// The checked experiment of a point, from 1, in a run folder of its own.
  func point(_ number: Int, _ loader: ConfigurationLoader) throws -> SweepPoint {
    let steps = steps(number)
    let label = Self.label(of: steps)
    let configuration: Configuration
    do {
      configuration = try loader.configuration(with: steps.flatMap(\.settings))
    } catch let error as ExperimentError {
      throw error.about("point \(number) (\(label))")
    }
    return SweepPoint(
      number: number, label: label, cells: cells(steps, configuration),
      configuration: configuration,
      run: "runs/\(Sweep.padded(number, count: count))-\(Sweep.folderName(label))")
  }

  /// The combination of this number; the last axis varies fastest.
  private func steps(_ number: Int) -> [SweepAxis.Step] {
    var rest = number - 1
    var steps: [SweepAxis.Step] = []
    for axis in axes.reversed() {
      steps.append(axis.steps[rest % axis.steps.count])
      rest /= axis.steps.count
    }
    return steps.reversed()
  }

  private static func label(of steps: [SweepAxis.Step]) -> String {
    steps.flatMap { step in
      step.name.map { ["variant=\($0)"] }
        ?? step.settings.map { setting in
          let value = SweepPoint.cell(of: setting.value)
          return "\(setting.keyPath)=\(value == .empty ? "null" : value.quoted)"
        }
    }
    .joined(separator: ", ")
  }

  /// A value that the sweep gives, or else the one the configuration has anyway.
  private func cells(_ steps: [SweepAxis.Step], _ configuration: Configuration) -> [CSVCell] {
    let settings = steps.flatMap(\.settings)
    let values = keyPaths.map { keyPath in
      settings.first { $0.keyPath == keyPath }.map { SweepPoint.cell(of: $0.value) }
        ?? Configuration.key(keyPath).map { SweepPoint.cell(of: $0.value(configuration)) } ?? .empty
    }
    let names = hasVariants ? [CSVCell.text(steps.compactMap(\.name).first ?? "")] : []
    return names + values
  }
}
