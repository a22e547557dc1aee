import Sealing

/// Seals and opens the parts of one log, each bound to its place there.
///
/// The context of a part is the format and its version, the log's own id, and the place: a part put
/// under another client, day, app or log does not open.
struct LogSeal {
  /// What a part is.
  enum Place {
    /// Nothing: opens with the right key alone.
    case check
    /// The name of an app.
    case app(Int)
    /// What a client did on a day since 1970.
    case day(Int64, client: Int)
  }

  /// In bytes.
  static let idLength = 16

  let key: SealingKey
  /// `idLength` random bytes, no secret.
  let logID: [UInt8]

  static func newLogID() -> [UInt8] { Array(SealingKey.randomBytes().prefix(idLength)) }

  func seal(_ plaintext: [UInt8], at place: Place) -> [UInt8] {
    key.seal(plaintext, context: context(of: place))
  }

  /// The plaintext; nil when it was not sealed there, under this key, in this log.
  func open(_ sealed: some Collection<UInt8>, at place: Place) -> [UInt8]? {
    key.open(sealed, context: context(of: place))
  }

  private func context(of place: Place) -> [UInt8] {
    let numbers: [Int64] =
      switch place {
      case .check: [0]
      case .app(let app): [1, Int64(app)]
      case .day(let day, let client): [2, Int64(client), day]
      }
    var context = Array("fedsim usage log".utf8) + logID
    for number in [Int64(LogDatabase.sealedVersion)] + numbers {
      withUnsafeBytes(of: number.littleEndian) { context.append(contentsOf: $0) }
    }
    return context
  }
}
