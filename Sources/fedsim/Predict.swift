import ArgumentParser
import Device
import DeviceClient
import Experiments
import Federation
import ModelRegistry
import Models
import UsageData
import UsageLog

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict on one phone with the model of a finished run.",
    discussion: """
      Examples:

        fedsim predict results/quickstart/… --client 3
        fedsim predict results/quickstart/… --client 3 --at 2026-01-25T08:30
        fedsim predict results/quickstart/… --client 3 --period 2026-01-26..2026-02-02 --json
        fedsim predict results/quickstart/… --confidence --out confidence
        fedsim predict results/quickstart/… --latency
        fedsim predict production --registry registry --client 3

      Without --at the prediction is for the moment after the last event of the history. With --period
      there is one for every unlock in it (task: next_app: before every switch of apps), each made from
      what came before and shown beside the app that was opened. Times are those of the phone's own
      clock. Probabilities are scaled with a temperature that is fitted to the phone's own past.

      --confidence measures the calibration of the probabilities and the selective accuracy of the most
      confident predictions, on the clients of the run's evaluation. With --out it writes
      calibration.csv, coverage.csv and segments.csv. --latency measures how long predictions and
      feature updates take, what a phone has to store, and what a prediction costs.
      """)

  @Argument(
    help: "A run folder or the model.safetensors in it; with --registry a version.",
    completion: .file())
  var model: String

  @Option(
    help: "The folder of a registry; MODEL is a version's number, production or canary.",
    completion: .directory)
  var registry: String?

  @Option(parsing: .unconditional, help: "Whose phone: a client of the run's population, from 0.")
  var client: Int?

  @Option(parsing: .unconditional, help: "The moment: YYYY-MM-DDTHH:MM[:SS].")
  var at: String?

  @Option(parsing: .unconditional, help: "Every unlock of FROM..TO; TO itself is not in it.")
  var period: String?

  @Option(parsing: .unconditional, help: "How many apps to show.")
  var top = 5

  @Flag(help: "Measure latency, memory and cost instead.")
  var latency = false

  @Flag(help: "Measure the calibration of the probabilities, on the run's evaluated clients.")
  var confidence = false

  @Option(help: "With --confidence: the folder for its CSV files.", completion: .directory)
  var out: String?

  @Flag(help: "With --json: the features of each app, for one moment.")
  var features = false

  @Option(
    parsing: .unconditional,
    help: "With --latency: predictions and feature updates to time, at least.")
  var predictions = 100_000

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...FeatureState.maximumCandidates).contains(top) else {
      throw ValidationError("--top must lie in 1…\(FeatureState.maximumCandidates).")
    }
    guard (1...1_000_000_000).contains(predictions) else {
      throw ValidationError("--predictions must lie in 1…1000000000.")
    }
    guard [at != nil, period != nil, latency, confidence].count(where: \.self) <= 1 else {
      throw ValidationError(
        "--at, --period, --latency and --confidence exclude each other; give one.")
    }
    guard out == nil || confidence else {
      throw ValidationError("--out is for --confidence; add it.")
    }
    guard !features || output.json && period == nil && !latency && !confidence else {
      throw ValidationError(
        "--features needs --json and one moment; give --at, or no time for now.")
    }
    guard latency || confidence || client != nil else {
      throw ValidationError("--client is missing; give the number of a client, from 0.")
    }
    _ = try moment()
    _ = try range()
  }

  func run() throws {
    let run = try TrainedRun.load(try path())
    if let note = run.note { printMessage("fedsim: \(note)") }
    if let warning = run.configuration.population.sealKeyFile.value.flatMap(
      KeyFile.permissionWarning)
    {
      printMessage("fedsim: \(warning)")
    }
    let histories = try ClientHistories(run.setup)
    if let client, !(0..<histories.count).contains(client) {
      throw ValidationError(
        "--client \(client): the run's population has clients 0…\(histories.count - 1).")
    }
    if latency {
      try measure(run.configuration.makeModel(), run, histories)
    } else if confidence {
      let survey = try ConfidenceSurvey(run.configuration.makeModel(), run, histories)
      if let out { try survey.write(to: out) }
      if output.json { try printJSON(survey.splits) } else { printParagraph(survey.text) }
    } else {
      try answer(run.configuration.makeModel(), run, histories)
    }
  }

  /// Where the model is; that of a registry was found to be what was registered.
  private func path() throws -> String {
    guard let registry else { return model }
    let versions = try Registry(registry)
    if let note = versions.note { printMessage("fedsim: \(note)") }
    return try versions.verifiedFolder(of: versions.version(named: model))
  }

  private func answer(_ model: some Model, _ run: TrainedRun, _ histories: ClientHistories) throws {
    let client = client ?? 0
    let task = run.configuration.task
    let (history, moments, _) = try histories.subject(client)
    let names = try histories.appNames(of: client)
    var phone = Phone(
      model: model, parameters: run.parameters, task: task, shape: run.configuration.exampleShape)
    do throws(ForecastError) {
      let range = try? range()
      let start = range?.lowerBound ?? (try? moment()) ?? .max
      phone.calibrate(on: history, moments: moments, before: start)
      let forecasts =
        if let range { try phone.forecasts(in: range, task: task, of: history, top: top) } else {
          [try phone.forecast(at: try? moment(), task: task, in: history, top: top)]
        }
      var answer = PredictAnswer(
        model: run.folder, client: client, task: task.rawValue,
        temperature: Double(phone.temperature), names: names, forecasts: forecasts)
      if features, let forecast = forecasts.last {
        for (place, app) in forecast.apps.enumerated() {
          guard let position = phone.position(of: app.app) else { continue }
          let (row, values) = phone.features(at: position)
          answer.predictions[0].apps[place].vocabularyID = row
          answer.predictions[0].apps[place].features = Array(values)
        }
      }
      guard !output.json else {
        try? printJSON(answer)
        return
      }
      // The apps stand below the apps, not below the time.
      let hang = (answer.predictions.first?.time.count ?? 0) + 2
      for (index, line) in answer.lines.enumerated() {
        printParagraph(line, hang: index < forecasts.count ? hang : 0)
      }
    } catch {
      throw ExperimentError(.badData, "client \(client): \(explanation(of: error))")
    }
  }

  private func measure(
    _ model: some Model, _ run: TrainedRun, _ histories: ClientHistories
  ) throws {
    let first = client ?? 0
    let trial = try LatencyTrial(
      run.configuration, model: model, parameters: run.parameters, count: UInt64(predictions),
      logs: histories.count
    ) { try histories.history(of: (first + $0) % histories.count) }
    guard trial.predictions.count > 0 else {
      throw ExperimentError(
        .badData, "\(run.folder): its population has nothing to predict, so nothing can be timed.")
    }
    let report = LatencyReport(trial, run.configuration, parameters: run.parameters.count)
    if output.json { return try printJSON(report) }
    printResult(report.table)
    printParagraph(report.notes)
  }

  private func explanation(of error: ForecastError) -> String {
    switch error {
    case .emptyHistory: "has logged nothing, so there is nothing to predict from."
    case .beforeHistory(let begin):
      "the history begins at \(localTimeText(begin)); give a later time."
    case .emptyPeriod(let unlocks):
      "nothing was to be predicted in that period; unlocks lie between "
        + "\(localTimeText(unlocks.lowerBound)) and \(localTimeText(unlocks.upperBound))."
    }
  }

  private func moment() throws -> Int64? { try at.map { try time($0, of: "--at") } }

  private func range() throws -> Range<Int64>? {
    guard let period else { return nil }
    let ends = period.split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2 else {
      throw ValidationError("--period '\(period)': write FROM..TO, such as 2026-01-26..2026-02-02.")
    }
    let from = try time(String(ends[0]), of: "--period")
    let to = try time(String(ends[1]), of: "--period")
    guard from < to else {
      throw ValidationError("--period '\(period)': it ends before it begins.")
    }
    return from..<to
  }

  private func time(_ text: String, of option: String) throws -> Int64 {
    guard let time = localTime(text) else {
      throw ValidationError(
        "\(option) '\(text)': unrecognised time; write YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS], by the phone's "
          + "own clock and without a zone.")
    }
    return time
  }
}
