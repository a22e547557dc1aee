import DeviceClient
import Federation
import Foundation
import Glibc
import UsageData

@testable import Messages
@testable import Wire

private let file = InputFile()
private let key = [UInt8](repeating: 7, count: 32)

/// A conversation behind one digit that says what it is.
///
/// 0: bytes as they come from a pipe; 1: the same on a sealed connection; 2: messages, each a type and
/// a length of two bytes and a payload, in proper frames; 3: the same, sealed; 4: the same, to a worker
/// of a small experiment; 5: the same, in a session of secure aggregation.
@Sendable func readFrames(_ input: UnsafeRawBufferPointer) {
  guard let digit = input.first else { return }
  let bytes = input.dropFirst()
  switch digit {
  case UInt8(ascii: "0"): listen(to: bytes, sealed: false)
  case UInt8(ascii: "1"): listen(to: bytes, sealed: true)
  case UInt8(ascii: "3"): readSealed(messages(in: Array(bytes)))
  case UInt8(ascii: "4"): serve(messages(in: Array(bytes)), Conversation.plain)
  case UInt8(ascii: "5"): serve(messages(in: Array(bytes)), Conversation.session)
  default: readEach(messages(in: Array(bytes)))
  }
}

private typealias RawMessage = (type: UInt16, payload: [UInt8])

private func messages(in bytes: [UInt8]) -> [RawMessage] {
  var messages: [RawMessage] = []
  var rest = bytes[...]
  while rest.count >= 4 {
    let header = Array(rest.prefix(4)).map(UInt16.init)
    let payload = rest.dropFirst(4).prefix(Int(header[2] | header[3] << 8))
    messages.append((header[0] | header[1] << 8, Array(payload)))
    rest = rest.dropFirst(4 + payload.count)
  }
  return messages
}

private func channel(reading bytes: some Sequence<UInt8>) -> Channel {
  file.hold(bytes)
  return Channel(
    input: open(file.path, O_RDONLY | O_CLOEXEC), output: open("/dev/null", O_RDWR | O_CLOEXEC))
}

private func listen(to bytes: some Sequence<UInt8>, sealed: Bool) {
  let channel = channel(reading: bytes)
  if sealed { channel.sealAsWorker(key: key) }
  while (try? channel.receive(deadline: 5)) != nil {}
}

/// What is accepted is written back to what means the same.
private func readEach(_ messages: [RawMessage]) {
  for (type, payload) in messages {
    guard let message = try? Message(type: type, payload: payload) else { continue }
    let written = message.encoded()
    require(written.type == type, "a message keeps its type")
    do {
      let again = try Message(type: written.type, payload: written.payload).encoded()
      require(again.payload == written.payload, "a message survives the way: \(message)")
    } catch {
      require(false, "a message that is refused when it comes back: \(error)")
    }
    if case .setup(let json) = message { _ = try? WorkerSetup(json: json) }
  }
}

private func readSealed(_ messages: [RawMessage]) {
  var seal = FrameSeal(key: key, own: .coordinator)
  let frames = messages.flatMap { type, payload in
    Frame.encode(type: type, payload: seal.seal(type: type, payload: payload))
  }
  let channel = channel(reading: frames)
  channel.sealAsWorker(key: key)
  for (type, payload) in messages {
    let plain = try? Message(type: type, payload: payload)
    let received = try? channel.receive(deadline: 5)
    require((plain == nil) == (received == nil), "sealing changes no message")
    guard let plain, let received else { return }
    require(plain.encoded() == received.encoded(), "sealing changes no message")
  }
}

/// How a conversation with a worker begins.
enum Conversation {
  static let plain = messages(configuration())

  static let session: [Message] = {
    var secured = configuration()
    secured.secureAggregation.protocol = .secagg
    secured.secureAggregation.encoding.clip = Setting(1)
    return messages(secured) + [
      .round(RoundParameters(session: .init(identifier: key, cohort: Array(10..<20))))
    ]
  }()

  static func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.population.source = .benchmark
    configuration.population.clients = 30
    configuration.population.newClientShare = 0
    configuration.model.kind = .softmax
    configuration.model.vocabulary = 8
    configuration.model.sequenceLength = 1
    configuration.training.cohortSize = 10
    configuration.evaluation.every = 0
    return configuration
  }

  private static func messages(_ configuration: Configuration) -> [Message] {
    let setup = WorkerSetup(
      configuration: configuration,
      trainingEnd: SyntheticPopulation.start + Int64(configuration.population.days - 1) * 86_400)
    guard let json = try? setup.encoded() else { return [] }
    let model = configuration.makeModel()
    return [
      .setup(json),
      .model(round: 1, parameters: configuration.initialParameters(of: model)),
    ]
  }
}

/// A worker answers or ends with a `WireError`; it trusts its coordinator with the experiment alone.
private func serve(_ messages: [RawMessage], _ beginning: [Message]) {
  let frames =
    beginning.map { $0.encoded() }.flatMap { Frame.encode(type: $0.type, payload: $0.payload) }
    + messages.filter { $0.type != 1 }.flatMap { Frame.encode(type: $0.type, payload: $0.payload) }
  do {
    try Worker.serve(channel(reading: frames))
  } catch {
    require(error is WireError, "an error of another layer: \(error)")
  }
}
