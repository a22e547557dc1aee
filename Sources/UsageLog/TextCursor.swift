/// Moves over the bytes of a time.
struct TextCursor {
  private(set) var text: Field
  var position: Int

  init(_ text: Field, at position: Int = 0) {
    self.text = text
    self.position = position
  }

  var isAtEnd: Bool { position >= text.count }

  /// The next byte; 0 at the end.
  var byte: UInt8 { byte(0) }

  /// The byte so many places further on; 0 beyond the end.
  func byte(_ distance: Int) -> UInt8 {
    position + distance < text.count ? text[position + distance] : 0
  }

  var isAtDigit: Bool { isDigit(byte) }
  var isAtLetter: Bool { Self.isLetter(byte) }

  static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// Takes the byte if it stands here.
  mutating func take(_ wanted: UInt8) -> Bool {
    guard !isAtEnd, text[position] == wanted else { return false }
    position += 1
    return true
  }

  /// Takes blanks, also those that do not break a line, which some programs put before AM; false where
  /// there is none.
  @discardableResult
  mutating func blanks() -> Bool {
    let start = position
    while !isAtEnd {
      if byte == 0x20 || byte == 0x09 {
        position += 1
      } else if byte == 0xC2, byte(1) == 0xA0 {
        position += 2
      } else if byte == 0xE2, byte(1) == 0x80, byte(2) == 0xAF || byte(2) == 0x89 {
        position += 3
      } else {
        break
      }
    }
    return position > start
  }

  /// Leaves out blanks at the end.
  mutating func dropBlanksAtEnd() {
    while let last = text.last, last == 0x20 || last == 0x09 || last == 0x0D {
      text = Field(rebasing: text.dropLast())
    }
  }

  /// Takes the digits that stand here, at most so many; nil where there is none.
  mutating func number(atMost most: Int = 18) -> (value: Int64, digits: Int)? {
    var value: Int64 = 0
    let start = position
    while isAtDigit, position - start < most {
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      position += 1
    }
    return position > start ? (value, position - start) : nil
  }

  /// Takes exactly two digits.
  mutating func pair() -> Int64? {
    guard isDigit(byte), isDigit(byte(1)) else { return nil }
    return number(atMost: 2)?.value
  }

  /// Takes the digits of a fraction of a second, as whole microseconds.
  mutating func fraction() -> Int64 {
    var (value, unit): (Int64, Int64) = (0, 100_000)
    while isAtDigit {
      value += Int64(byte - UInt8(ascii: "0")) * unit
      unit /= 10
      position += 1
    }
    return value
  }

  /// Takes the letters that stand here.
  mutating func word() -> Word? {
    var word = Word()
    while isAtLetter {
      word.add(byte)
      position += 1
    }
    return word.count > 0 ? word : nil
  }

  /// Takes `am`, `p.m.` and the like: whether it is after noon; nil where none stands.
  mutating func halfOfDay() -> Bool? {
    let letter = byte | 0x20
    guard letter == UInt8(ascii: "a") || letter == UInt8(ascii: "p") else { return nil }
    var rest = self
    rest.position += 1
    _ = rest.take(UInt8(ascii: "."))
    let short = rest.position
    // Spanish writes `a. m.`, with a blank that need not break a line.
    rest.blanks()
    if rest.byte | 0x20 == UInt8(ascii: "m"), !Self.isLetter(rest.byte(1)) {
      rest.position += 1
      _ = rest.take(UInt8(ascii: "."))
    } else {
      rest.position = short
    }
    guard !rest.isAtLetter else { return nil }
    position = rest.position
    return letter == UInt8(ascii: "p")
  }

  /// Takes an offset from UTC, as seconds east of it: `Z`, `UTC`, `GMT`, `+02:00`, `-0500`, `+1`,
  /// `GMT+01:00`, with a blank before it if need be; nil where none stands.
  mutating func offset() -> Int64? {
    let start = position
    blanks()
    var hasName = false
    if isAtLetter {
      guard let word = word(), Word.utc.contains(word) else {
        position = start
        return nil
      }
      hasName = true
      // An offset may follow at some distance.
      let end = position
      blanks()
      if byte != UInt8(ascii: "+"), byte != UInt8(ascii: "-") { position = end }
    }
    guard byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") else {
      if hasName { return 0 }
      position = start
      return nil
    }
    let sign: Int64 = byte == UInt8(ascii: "-") ? -1 : 1
    position += 1
    guard let (value, digits) = number(atMost: 5), digits <= 4 else {
      position = start
      return nil
    }
    var (hours, minutes) = digits <= 2 ? (value, 0) : (value / 100, value % 100)
    if digits <= 2, byte == UInt8(ascii: ":") {
      position += 1
      guard let pair = pair() else {
        position = start
        return nil
      }
      minutes = pair
    }
    guard hours < 24, minutes < 60 else {
      position = start
      return nil
    }
    hours = hours * 60 + minutes
    return sign * hours * 60
  }
}

/// Some letters, whatever their case.
struct Word: Equatable {
  /// The first eight, in lower case.
  private var key: UInt64 = 0
  private(set) var count = 0

  init() {}

  init(_ text: String) {
    for byte in text.utf8 { add(byte) }
  }

  mutating func add(_ letter: UInt8) {
    if count < 8 { key = key << 8 | UInt64(letter | 0x20) }
    count += 1
  }

  static let utc = ["z", "utc", "gmt", "ut"].map(Word.init)
  static let at = Word("at")

  /// 1 to 12 for the name of a month or its first three letters.
  var month: Int64? {
    if let index = Self.shortMonths.firstIndex(of: self) ?? Self.months.firstIndex(of: self) {
      return Int64(index + 1)
    }
    return self == Self.sept ? 9 : nil
  }

  var isWeekday: Bool { Self.weekdays.contains(self) }

  private static let names = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let months = names.map(Word.init)
  private static let shortMonths = names.map { Word(String($0.prefix(3))) }
  private static let sept = Word("sept")
  private static let weekdays =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].flatMap {
      [Word($0), Word(String($0.prefix(3)))]
    } + ["tues", "thur", "thurs"].map(Word.init)
}
