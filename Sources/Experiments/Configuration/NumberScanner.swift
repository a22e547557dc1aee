/// Reads decimal numbers from the start of a text; faster than a pattern, as a sweep reads many.
struct NumberScanner {
  private var rest: ArraySlice<UInt8>

  init(_ text: String) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// Passes over one of these characters.
  @discardableResult
  mutating func skip(_ characters: String) -> Bool {
    guard let next = rest.first, characters.utf8.contains(next) else { return false }
    rest.removeFirst()
    return true
  }

  /// `0`, or digits of which the first is another one, in groups of `1_000` maybe.
  mutating func whole() -> Bool {
    if skip("0") { return true }
    guard digits() else { return false }
    while skip("_") {
      guard digits() else { return false }
    }
    return true
  }

  /// A sign, digits with a point before, between or behind them, and an exponent.
  mutating func number() -> Bool {
    skip("+-")
    if skip(".") {
      guard digits() else { return false }
    } else {
      guard whole() else { return false }
      if skip(".") { _ = digits() }
    }
    guard skip("eE") else { return true }
    skip("+-")
    return digits()
  }

  private mutating func digits() -> Bool {
    let end = rest.firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let count = (end ?? rest.endIndex) - rest.startIndex
    rest = rest.dropFirst(count)
    return count > 0
  }
}
