import Wire

extension Channel {
  /// Sends one message; `deadline` (seconds) limits how long the other side may take to read it.
  package func send(_ message: Message, deadline: Double? = nil) throws(WireError) {
    let (type, payload) = message.encoded()
    try sendFrame(type: type, payload: payload, deadline: deadline)
  }

  /// The next message; `closed` when the other side ended between two frames.
  ///
  /// `deadline` (seconds) limits the wait for a header, and again that for what it announces.
  package func receive(deadline: Double? = nil) throws(WireError) -> Message {
    let (type, payload) = try receiveFrame(deadline: deadline)
    return try Message(type: type, payload: payload)
  }
}
