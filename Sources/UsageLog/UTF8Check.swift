import Tables

/// Finds the first byte of a text that is not UTF-8 (RFC 3629), piece by piece.
struct UTF8Check {
  /// How many more bytes the character begun needs, and what the next of them may be.
  private var needed = 0
  private var allowed: ClosedRange<UInt8> = 0x80...0xbf

  /// The offset of the first byte of a text that cannot stand there; nil when there is none.
  ///
  /// - Parameters:
  ///   - start: where the bytes begin that were not checked before.
  ///   - isLast: whether the text ends with them.
  mutating func offsetOfInvalid(in text: Field, from start: Int, isLast: Bool) -> Int? {
    let piece = UnsafeRawBufferPointer(Field(rebasing: text[start...]))
    if let offset = firstInvalid(piece) { return start + offset }
    return isLast && needed > 0 ? text.count - 1 : nil
  }

  /// The offset of the first byte of this piece that cannot stand there; nil when there is none.
  private mutating func firstInvalid(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var place = 0
    while place < bytes.count {
      if needed == 0 {
        // Most text is ASCII: eight bytes at once.
        while place + 8 <= bytes.count,
          bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
          place += 8
        }
        guard place < bytes.count else { return nil }
      }
      let byte = bytes[place]
      if needed > 0 {
        guard allowed.contains(byte) else { return place }
        allowed = 0x80...0xbf
        needed -= 1
      } else if byte >= 0x80 {
        switch byte {
        case 0xc2...0xdf: needed = 1
        case 0xe0: (needed, allowed) = (2, 0xa0...0xbf)
        // Surrogates are no characters.
        case 0xed: (needed, allowed) = (2, 0x80...0x9f)
        case 0xe1...0xef: needed = 2
        case 0xf0: (needed, allowed) = (3, 0x90...0xbf)
        case 0xf1...0xf3: needed = 3
        case 0xf4: (needed, allowed) = (3, 0x80...0x8f)
        default: return place
        }
      }
      place += 1
    }
    return nil
  }
}

/// Why a text that is not UTF-8 is refused, with what to do.
///
/// - Parameters:
///   - bytes: the text around the byte at `offset` that cannot stand there.
///   - place: where it is, as `FILE:LINE`.
func notUTF8(_ bytes: Field, at offset: Int, place: String, name: String) -> UsageLogError {
  let start = bytes[max(0, offset - 24)..<offset].lastIndex {
    $0 < 0x30 && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".")
  }
  let shown = bytes[(start.map { $0 + 1 } ?? max(0, offset - 24))...].prefix(32).prefix {
    $0 >= 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ";")
  }
  let text = shown.map { byte in
    if (0x20..<0x7f).contains(byte) { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x\(digits.count < 2 ? "0" : "")\(digits)"
  }.joined()
  let file = name == ImportSource.standardInput.name ? "FILE" : shellQuoted(name)
  return UsageLogError(
    .badInput,
    "\(place): '\(text)' is not UTF-8; where the file is Windows-1252 or Latin-1 (Western Europe), "
      + "import it with --encoding windows-1252 or convert it with "
      + "`iconv -f WINDOWS-1252 -t UTF-8 \(file) > utf8.csv`, and give the name of any other encoding "
      + "in the same way")
}
