extension LoggedTime {
  /// A date as older .NET programs write it in JSON: `/Date(1767571544000)/` or `/Date(1767571544000+0100)/`;
  /// nil where the text is none.
  ///
  /// The number is milliseconds since 1970 in UTC, also where an offset follows, which is that of the writer's
  /// clock (https://learn.microsoft.com/en-us/dotnet/framework/wcf/feature-details/stand-alone-json-serialization).
  init?(ofJSON text: Field) {
    var cursor = TextCursor(text)
    cursor.dropBlanksAtEnd()
    cursor.blanks()
    // Within CSV the slash may still be escaped.
    func takeSlash() -> Bool {
      _ = cursor.take(UInt8(ascii: "\\"))
      return cursor.take(UInt8(ascii: "/"))
    }
    guard takeSlash(), "Date(".utf8.allSatisfy({ cursor.take($0) }),
      let milliseconds = cursor.number(atMost: 15)?.value
    else { return nil }
    var offset: Int64?
    if cursor.byte != UInt8(ascii: ")") {
      offset = cursor.offset()
      guard offset != nil else { return nil }
    }
    guard cursor.take(UInt8(ascii: ")")), takeSlash(), cursor.isAtEnd else { return nil }
    self.init(
      milliseconds * 1_000 + (offset ?? 0) * 1_000_000, offset == nil ? .milliseconds : .zoned,
      .offset(offset ?? 0))
  }
}
