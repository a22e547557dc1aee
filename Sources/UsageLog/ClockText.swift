/// What stands in the column of times of a log that has its dates in another column.
enum ClockText {
  /// A time of day, such as `7:04`, `07.04.26` or `070426`.
  case clock
  /// `0.45`: on a clock 00:45, as a part of the day 10:48.
  case either(DecimalNumber)
  /// From 0 to below 1: a part of the day, as spreadsheets keep times.
  case fraction(DecimalNumber)
  /// Anything else, such as a time with a date of its own.
  case other

  init(_ text: Field) {
    var cursor = TextCursor(text)
    cursor.dropBlanksAtEnd()
    cursor.blanks()
    let isFraction = cursor.byte == UInt8(ascii: "0") && !isDigit(cursor.byte(1))
    guard let number = DecimalNumber(text), number.wholeDigits == 0,
      isFraction || number.hasExponent
    else {
      self = isTimeOfDay(text) ? .clock : .other
      return
    }
    cursor.position += 1
    let hasPoint = cursor.take(UInt8(ascii: "."))
    guard hasPoint, let minutes = cursor.pair(), cursor.isAtEnd, minutes < 60 else {
      self = .fraction(number)
      return
    }
    // Midnight is midnight.
    self = minutes == 0 ? .clock : .either(number)
  }
}
