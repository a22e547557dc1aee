/// A table that cannot be read: one sentence that names the file.
package enum TableError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case damaged(String)

  package var description: String {
    switch self {
    case .missing(let message), .damaged(let message): message
    }
  }
}
