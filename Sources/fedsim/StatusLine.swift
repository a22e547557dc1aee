import Foundation
import Glibc
import Synchronization
import Tables

/// The line on a terminal that says what is going on, and is written anew as the work goes on.
///
/// Messages and results take its place and it follows them, so that nothing is ever glued to it.
enum StatusLine {
  /// A piece of it; where the terminal is narrow, the bar gives way first, then those of the highest rank.
  struct Part {
    var text: String
    var rank: Int
    /// What stands for it where there is little room.
    var short: String

    init(_ text: String, rank: Int = 0, short: String? = nil) {
      self.text = text
      self.rank = rank
      self.short = short ?? text
    }
  }

  private struct State {
    /// What is on the terminal now, and what it is made of; nil where there is no line.
    var shown: (text: String, fraction: Double?, parts: [Part])?
    var drawn = ContinuousClock.now
  }

  private static let state = Mutex(State())
  /// For the handler of signals, which may not wait for anybody.
  private static let isShown = Atomic<Bool>(false)
  private static let widestBar = 24

  /// Whether there is a terminal that it can be shown on.
  static var isPossible: Bool { Terminal.canRewrite(STDERR_FILENO) }

  /// Shows how far the work is, as a bar and in words.
  ///
  /// - Parameter isUrgent: false for news that come many times a second, of which some suffice.
  static func show(fraction: Double? = nil, isUrgent: Bool = true, _ parts: [Part]) {
    guard isPossible else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard isUrgent || now - state.drawn > .milliseconds(100) else { return }
      clear(&state)
      draw(fraction, parts, &state)
      state.drawn = now
    }
  }

  /// Takes the line away; what follows is a result or the last word.
  static func end() {
    state.withLock { state in
      clear(&state)
      state.shown = nil
    }
  }

  /// Leaves the line where it is, as the last word of the work.
  static func leave() {
    state.withLock { state in
      if isShown.exchange(false, ordering: .relaxed) { write("\n") }
      state.shown = nil
    }
  }

  /// Writes something in the place of the line, and the line below it if it goes on.
  static func interrupted<Value>(goesOn: Bool, by body: () -> Value) -> Value {
    state.withLock { state in
      guard let shown = state.shown else { return body() }
      clear(&state)
      state.shown = nil
      defer { if goesOn { draw(shown.fraction, shown.parts, &state) } }
      return body()
    }
  }

  /// Begins a new line after the one that is shown.
  ///
  /// Only calls what a handler of signals may call.
  static func breakFromHandler() {
    if isShown.exchange(false, ordering: .relaxed) {
      var text: (UInt8, UInt8, UInt8, UInt8) = (13, 27, 91, 75)
      _ = Glibc.write(STDERR_FILENO, &text, 4)
    }
  }

  // MARK: - Drawing

  private static func draw(_ fraction: Double?, _ parts: [Part], _ state: inout State) {
    // Some terminals go to the next line in the last column, and Ctrl-C is echoed as two characters.
    let width = max(1, (Terminal.width(of: STDERR_FILENO) ?? 80) - 3)
    let text = line(fraction, parts, width: width)
    write(text)
    state.shown = (text, fraction, parts)
    isShown.store(true, ordering: .relaxed)
  }

  /// A window that became narrower shows the line on several rows.
  private static func clear(_ state: inout State) {
    guard isShown.exchange(false, ordering: .relaxed), let shown = state.shown else { return }
    let width = max(1, Terminal.width(of: STDERR_FILENO) ?? 80)
    let rows = (max(1, Terminal.columns(shown.text)) - 1) / width
    write(rows > 0 ? "\r\u{1B}[\(rows)A\u{1B}[J" : "\r\u{1B}[K")
  }

  private static func line(_ fraction: Double?, _ parts: [Part], width: Int) -> String {
    var kept = parts.filter { !$0.text.isEmpty }.map {
      Part(PrintableText.line($0.text), rank: $0.rank, short: PrintableText.line($0.short))
    }
    func words() -> String { kept.map(\.text).joined(separator: ", ") }
    if Terminal.columns(words()) > width {
      for index in kept.indices { kept[index].text = kept[index].short }
    }
    var isWhole = true
    while kept.count > 1, Terminal.columns(words()) > width,
      let last = kept.indices.max(by: { (kept[$0].rank, $0) < (kept[$1].rank, $1) })
    {
      isWhole = isWhole && kept[last].rank > 0
      kept.remove(at: last)
    }
    let text = Terminal.cut(words(), to: width)
    // A bar that stands still says less than the words that it would take the place of.
    guard let fraction, fraction.isFinite, isWhole else { return text }
    let room = min(widestBar, width - Terminal.columns(text) - 1)
    guard room >= 6 else { return text }
    let filled = min(room, max(0, Int(Double(room) * fraction)))
    return String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled)
      + " " + text
  }

  private static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}

/// How long something takes, as people say it.
func shownDuration(_ seconds: Double) -> String {
  switch seconds {
  case ..<90: "\(max(0, Int(seconds.rounded(.up)))) s"
  case ..<600: String(format: "%.1f min", seconds / 60)
  case ..<5400: "\(Int((seconds / 60).rounded())) min"
  default: String(format: "%.1f h", seconds / 3600)
  }
}

/// A number and its noun: `1 client`, `2 clients`.
func counted(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? singular : plural ?? "\(singular)s")"
}

/// Bytes in the unit that people use: `149 GB`, `1.4 MB`.
func shownBytes(_ bytes: Int) -> String {
  var (value, unit) = (Double(bytes), 0)
  let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return String(format: unit == 0 || value >= 10 ? "%.0f" : "%.1f", value) + " " + units[unit]
}
