import Tables

/// The experiment and in what the runs differ.
struct ConfigurationSection {
  private let runs: RunSet

  init(_ runs: RunSet) { self.runs = runs }

  var html: String {
    var parts: [String] = []
    if runs.runs.count > 1 { parts.append(differences) }
    let first = runs.runs[0]
    let lines = first.settings.keys.map { "\($0): \(first.settings[$0] ?? "")" }
    let which = runs.runs.count > 1 ? " of \(first.path)" : ""
    parts.append(
      "<details><summary>Every key\(escaped(which))</summary><pre>"
        + "\(escaped(lines.joined(separator: "\n")))</pre></details>")
    return parts.joined(separator: "\n")
  }

  private var differences: String {
    guard !runs.varied.isEmpty else { return "<p>The runs differ in the seed alone.</p>" }
    var table = PageTable(columns: ["key", "values"])
    for key in runs.varied {
      var values: [String] = []
      for run in runs.runs {
        let value = run.settings[key] ?? "–"
        if !values.contains(value) { values.append(value) }
      }
      table.rows.append([.text(key), .text(values.joined(separator: " · "))])
    }
    return table.html
  }
}

/// Where the runs were made.
struct EnvironmentSection {
  private let runs: RunSet

  init(_ runs: RunSet) { self.runs = runs }

  var html: String {
    let manifests = runs.runs.compactMap(\.manifest)
    guard let first = manifests.first else { return "<p>No manifest.json was kept.</p>" }
    let rows = first.facts.map { key, value in
      let values = manifests.map { $0[key] }
      let isShared = values.allSatisfy { $0 == value }
      return
        "<dt>\(escaped(key))</dt><dd>\(escaped(isShared ? value : "differs, first: \(value)"))</dd>"
    }
    return "<dl>\(rows.joined(separator: "\n"))</dl>"
  }
}

/// The commands that make everything again.
struct RepetitionSection {
  private let runs: RunSet

  init(_ runs: RunSet) { self.runs = runs }

  var html: String {
    var commands: [String] = []
    let manifests = runs.runs.compactMap(\.manifest)
    if let revision = manifests.compactMap({ $0["source revision"] }).first {
      commands.append("git checkout \(shellQuoted(revision)) && make build")
    }
    for folder in runs.folders {
      let isRun = runs.runs.contains { $0.path == folder }
      commands.append(
        isRun
          ? "fedsim run \(shellQuoted("\(folder)/config.yaml"))"
          : "fedsim sweep \(shellQuoted("\(folder)/sweep.yaml"))")
    }
    let folders = runs.folders.map(shellQuoted).joined(separator: " ")
    commands += ["fedsim plot \(folders)", "fedsim report \(folders)"]
    return """
      <pre>\(escaped(commands.joined(separator: "\n")))</pre>
      <p class="soft">The same file and seed give the same bytes in every file but manifest.json,
      log.txt and the measured times, for any number of workers.</p>
      """
  }
}
