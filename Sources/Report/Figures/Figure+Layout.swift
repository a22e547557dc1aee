import Foundation

/// For what a figure is drawn.
package enum FigureMedium: Sendable {
  /// A column of a paper, 8.5 cm at 100 pixels an inch, or both where the legend needs them.
  case paper
  /// A report, with text to be read on a phone.
  case page

  var width: Int { self == .paper ? 340 : 400 }
  var fontSize: Int { self == .paper ? 9 : 12 }
  /// What a figure may be that does not fit `width`.
  var largestWidth: Int { self == .paper ? 680 : 400 }
  /// More rows would make the legend taller than the plot.
  func mostRows(at width: Int) -> Int { self == .page || width > 340 ? 14 : 9 }
}

/// Sizes of a figure and of its legend.
struct FigureLayout {
  let width: Int
  let height: Int
  let fontSize: Int
  let legendColumns: Int
  let legendRows: Int
  /// Longest title that fits a column of the legend.
  let longestTitle: Int
  /// How many lines the legend names, and how many it leaves to the data file.
  let named: Int
  let unnamed: Int

  init(titles: [Int], medium: FigureMedium) {
    fontSize = medium.fontSize
    let longest = titles.max() ?? 0
    var width = medium.width
    var columns = Self.columns(longest, width, fontSize)
    let rows = (titles.count + columns - 1) / columns
    if rows > medium.mostRows(at: width) || longest > Self.characters(width, 1, fontSize) {
      width = medium.largestWidth
      columns = Self.columns(longest, width, fontSize)
    }
    self.width = width
    legendColumns = columns
    longestTitle = Self.characters(width, columns, fontSize)
    let room = columns * medium.mostRows(at: width)
    // The last place says how many there are beside.
    named = titles.count <= room ? titles.count : room - 1
    unnamed = titles.count - named
    let entries = named + (unnamed > 0 ? 1 : 0)
    legendRows = (entries + columns - 1) / columns
    let plot = width > 400 ? 230 : 168
    height = plot + Int((Double(fontSize) * (5.5 + Self.row * Double(legendRows))).rounded())
  }

  /// Height of a row of the legend in sizes of its font, in the terminal that makes it tallest.
  private static let row = 1.55

  /// Where the plot ends, above the lower edge, as a part of the height; what gnuplot reckons itself
  /// depends on the underscores of a label.
  var bottomMargin: String { part(Self.row * Double(legendRows) + 4.3) }

  /// Where the legend begins, above the lower edge, as a part of the height.
  var legendTop: String { part(Self.row * Double(legendRows) + 0.8) }

  private func part(_ sizes: Double) -> String {
    String(format: "%.3f", Double(fontSize) * sizes / Double(height))
  }

  /// Columns of the legend as gnuplot reckons them, or one too few: more would run over one another.
  private static func columns(_ longest: Int, _ width: Int, _ fontSize: Int) -> Int {
    let column = 0.68 * Double(max(longest, 6)) + 7
    return max(1, min(5, Int((Double(width) / Double(fontSize) - 6) / column)))
  }

  /// Characters of a title in one of these columns of the legend.
  private static func characters(_ width: Int, _ columns: Int, _ fontSize: Int) -> Int {
    max(12, Int((Double(width) / Double(fontSize * columns) - 5.5) / 0.65))
  }
}
