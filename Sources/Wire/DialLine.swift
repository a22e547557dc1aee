import Glibc

/// What a worker that dials back is told on its standard input: one line, `ADDRESS PORT KEY`.
package struct DialLine: Equatable, Sendable {
  package var host: String
  package var port: UInt16
  package var key: DialKey

  /// In bytes, with its end.
  package static let longest = 512

  package init(host: String, port: UInt16, key: DialKey) {
    self.host = host
    self.port = port
    self.key = key
  }

  package init?(_ line: String) {
    let words = line.split(separator: " ")
    guard words.count == 3, let port = UInt16(words[1]), port > 0, let key = DialKey(hex: words[2])
    else { return nil }
    self.init(host: String(words[0]), port: port, key: key)
  }

  package var text: String { "\(host) \(port) \(key.hex)\n" }

  /// Reads the line byte by byte, so that nothing behind it is taken; nil where it is none.
  package static func read(from descriptor: Int32) -> DialLine? {
    var bytes: [UInt8] = []
    while bytes.count < longest {
      var byte: UInt8 = 0
      let count = Glibc.read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1, byte != UInt8(ascii: "\n") else { break }
      bytes.append(byte)
    }
    return DialLine(String(decoding: bytes, as: UTF8.self).filter { $0 != "\r" })
  }

  /// Dials and opens a connection whose frames are sealed from the first one on.
  package func dial(within seconds: Double = 2) throws(TCP.Failure) -> (
    socket: Int32, seal: FrameSeal
  ) {
    let (frame, seal) = key.greeting()
    let socket = try TCP.connect(host: host, port: port, within: seconds)
    // A fresh connection takes so few bytes at once.
    guard write(socket, frame, frame.count) == frame.count else {
      close(socket)
      throw TCP.Failure(description: "\(host) port \(port) closed the connection")
    }
    return (socket, seal)
  }
}
