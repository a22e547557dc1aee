import Tables
import Federation
import Yams

/// One experiment of a sweep.
package struct SweepPoint: Sendable {
  /// From 1, in the order of the sweep.
  package var number: Int
  /// What sets it apart, such as `privacy.clipping_bound=1, seed=2`.
  package var label: String
  /// The varied values, in the order of the sweep's columns.
  package var cells: [CSVCell]
  package var configuration: Configuration
  /// Its run folder, relative to the sweep's; points whose results must agree share one.
  package var run: String

  /// The varied values as people read them.
  package var values: [String] { cells.map { $0 == .empty ? "null" : $0.quoted } }

  /// A value of the sweep as the CSV file has it.
  ///
  /// A number stands as we write it ourselves; what is written otherwise is a wrong value, and messages
  /// show it as it is: YAML would read 010 as eight.
  static func cell(of node: Node) -> CSVCell {
    let text = node.string ?? ""
    if node.tag == Tag(.null) { return .empty }
    switch node.tag {
    case Tag(.int):
      return Int(text).flatMap { "\($0)" == text ? .integer($0) : nil } ?? .text(text)
    case Tag(.float):
      if text == ".inf" { return .number(.infinity) }
      return Double(text).flatMap { "\($0)" == text ? .number($0) : nil } ?? .text(text)
    default: return .text(text)
    }
  }

  /// A value of the configuration as the CSV file has it.
  static func cell(of value: ConfigurationKey.Value) -> CSVCell {
    switch value {
    case .none: .empty
    case .integer(let value): .integer(value)
    case .unsigned(let value): Int(exactly: value).map(CSVCell.integer) ?? .text("\(value)")
    case .number(let value): .number(value)
    case .flag(let value): .text("\(value)")
    case .text(let value): .text(value)
    }
  }
}
