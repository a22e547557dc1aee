import Foundation
import Tables

/// The experiment and in what the runs differ.
struct ConfigurationSection {
  private let runs: RunSet

  init(_ runs: RunSet) { self.runs = runs }

  func html() throws -> String {
    var parts: [String] = []
    if runs.runs.count > 1 { parts.append(differences) }
    let first = runs.runs[0]
    let which = runs.runs.count > 1 ? " of \(first.path)" : ""
    if let text = try first.configurationText() {
      parts.append(
        SavedFile(name: "config.yaml", text: text).html(summary: "Every key\(which), as YAML"))
    } else {
      let lines = first.settings.keys.map { "\($0): \(first.settings[$0] ?? "")" }
      parts.append(
        "<details><summary>Settings\(escaped(which)), as the sweep kept them</summary><pre>"
          + "\(escaped(lines.joined(separator: "\n")))</pre></details>")
    }
    return parts.joined(separator: "\n")
  }

  private var differences: String {
    guard !runs.varied.isEmpty else { return "<p>The runs differ only in the seed.</p>" }
    var table = PageTable(columns: ["Key", "Meaning", "Values"])
    table.name = "What differs"
    for key in runs.varied {
      var values: [String] = []
      for run in runs.runs {
        // A variant may have no such key.
        let setting = KeyLabel.plain(run.settings[key] ?? "null")
        let value = setting == "null" ? "–" : setting
        if !values.contains(value) { values.append(value) }
      }
      table.rows.append([
        .text(key), .text(KeyLabel.title(of: key)),
        .text(values.joined(separator: " · ")),
      ])
    }
    return table.html
  }
}

/// A text file within the page, to read and to save.
struct SavedFile {
  var name: String
  var text: String

  func html(summary: String) -> String {
    // Letters and digits alone stay: nothing in it can end the attribute or look like an address.
    let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return "<details><summary>\(escaped(summary))</summary>"
      + "<p><a download=\"\(escaped(name))\" href=\"data:text/yaml;charset=utf-8,\(encoded)\">Save "
      + "\(escaped(name))</a></p><pre>\(escaped(text))</pre></details>"
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
      let run = runs.runs.first { $0.path == folder }
      commands.append(
        run.map {
          "fedsim \($0.isLifecycle ? "lifecycle" : "run") \(shellQuoted("\(folder)/config.yaml"))"
        } ?? "fedsim sweep \(shellQuoted("\(folder)/sweep.yaml"))")
    }
    let sweeps = runs.sweepFiles.map { folder, text in
      let which = runs.sweepFiles.count > 1 ? " of \(folder)" : ""
      return SavedFile(name: "sweep.yaml", text: text).html(
        summary: "The sweep's file\(which), for those who have no \(folder)/sweep.yaml")
    }
    let folders = runs.folders.map(shellQuoted).joined(separator: " ")
    commands += ["fedsim plot \(folders)", "fedsim report \(folders)"]
    return """
      <pre>\(escaped(commands.joined(separator: "\n")))</pre>
      \(sweeps.joined(separator: "\n"))
      <p class="soft">The same file and seed give the same bytes in every file except manifest.json,
      log.txt and the measured times, for any number of workers.</p>
      """
  }
}
