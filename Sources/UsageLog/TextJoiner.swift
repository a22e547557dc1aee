/// Two fields as one text.
///
/// A class because it owns its buffer.
final class TextJoiner {
  private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)

  deinit { buffer.deallocate() }

  /// The first, a blank and the second; nil where they are too long.
  ///
  /// Valid until the next call.
  func join(_ first: Field, _ second: Field) -> Field? {
    let count = first.count + 1 + second.count
    guard count <= buffer.count else { return nil }
    _ = buffer.update(fromContentsOf: first)
    buffer[first.count] = 0x20
    _ = UnsafeMutableBufferPointer(rebasing: buffer[(first.count + 1)...])
      .update(fromContentsOf: second)
    return Field(rebasing: UnsafeBufferPointer(buffer)[..<count])
  }
}

/// Whether the text is a time of day alone, such as `0:45`, `00.45.44`, `12:45 AM` or `004544`.
func isTimeOfDay(_ text: Field) -> Bool {
  var cursor = TextCursor(text)
  cursor.blanks()
  guard let (_, digits) = cursor.number() else { return false }
  switch digits {
  case 1, 2:
    return cursor.byte == UInt8(ascii: ":")
      || (cursor.byte == UInt8(ascii: ".") && text.count <= 8)
  case 4, 6: return cursor.isAtEnd
  default: return false
  }
}
