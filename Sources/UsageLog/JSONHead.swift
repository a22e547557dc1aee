/// Before the names of fields that are values of the object around an array.
let jsonParent = "parent."

/// What the first bytes of a JSON file show.
struct JSONHead {
  /// The fields of its first objects, in order of first appearance.
  let names: [String]
  let takesOuterObjects: Bool
  /// Whether it is what ActivityWatch exports: `{"buckets": …}`.
  let isActivityWatch: Bool
  /// Where objects lie that the rows hold; nil where there are none.
  let deeperRows: DeeperRows?

  /// - Parameter head: the first bytes of the file.
  init(_ head: [UInt8], isLines: Bool) {
    var head = head
    // The file may go on within a character.
    while let last = head.last, last >= 0x80 { head.removeLast() }
    deeperRows = head.withUnsafeBufferPointer { DeeperRows($0, isLines: isLines) }
    let (isContainer, isActivityWatch) = head.withUnsafeBufferPointer { head in
      let text = head.drop { isJSONBlank($0) || $0 >= 0x80 }
      let key = text.dropFirst().drop(while: isJSONBlank)
      return (
        text.first != UInt8(ascii: "{") || LogShape.endOfObject(text) == nil
          || LogShape.holdsObjects(text),
        key.starts(with: "\"buckets\"".utf8)
      )
    }
    takesOuterObjects = !isContainer
    self.isActivityWatch = isActivityWatch && !isLines
    let fields = JSONFields()
    let input = LogInput(head, name: "")
    let reader: (any RowReader)? =
      isLines
      ? try? JSONLinesReader(input, fields)
      : try? JSONReader(input, fields, takesOuterObjects: takesOuterObjects)
    // The last object may be cut short.
    var isEnded = false
    while !isEnded, let step = try? reader?.next() {
      if case .end = step { isEnded = true }
    }
    names = fields.allNames
  }
}
