import DeviceClient
import Federation
import Foundation
import Glibc
import Messages
import Models
import TestSupport
import UsageData
import Wire

/// A small experiment without features: ready-made examples, a softmax model of 72 parameters.
func benchmarkConfiguration() -> Configuration {
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

/// A few simulated phones for a few days, ranked by a logistic model.
func syntheticConfiguration() -> Configuration {
  var configuration = Configuration()
  configuration.population.clients = 6
  configuration.population.days = 3
  configuration.model.kind = .logistic
  configuration.model.vocabulary = 32
  configuration.training.cohortSize = 3
  configuration.evaluation.testDays = 1
  return configuration
}

extension Configuration {
  /// The message that sets a worker up.
  func setup() throws -> Message {
    let end = SyntheticPopulation.start + Int64(population.days - 1) * LocalClock.day
    return .setup(try WorkerSetup(configuration: self, trainingEnd: end).encoded())
  }

  var parameterCount: Int { makeModel().layout.count }

  /// The parameters of round 1.
  func model(round: Int = 1) -> Message {
    .model(round: round, parameters: initialParameters(of: makeModel()))
  }
}

/// The bytes of messages as they cross the pipe.
func frames(_ messages: [Message]) -> [UInt8] {
  messages.flatMap { message in
    let (type, payload) = message.encoded()
    return Frame.encode(type: type, payload: payload)
  }
}

/// What a worker answers to these bytes until the pipe ends, and the error it ends with.
func serve(_ bytes: [UInt8]) throws -> (answers: [Message], error: WireError?) {
  let (answer, error) = try conversation(bytes)
  return (try answers(on: Channel(input: answer, output: openNull())), error)
}

/// A worker's answers to these bytes, as a pipe to read from, and the error it ends with.
///
/// Both directions must fit a pipe's buffer (64 KiB): nobody reads while the worker serves.
func conversation(_ bytes: [UInt8]) throws -> (answer: Int32, error: WireError?) {
  let (request, answer) = (try SystemPipe(), try SystemPipe())
  request.send(bytes)
  close(request.writeEnd)
  var failure: WireError?
  do {
    try Worker.serve(Channel(input: request.readEnd, output: answer.writeEnd))
  } catch let error as WireError {
    failure = error
  }
  return (answer.readEnd, failure)
}

/// Every message until the pipe is closed.
private func answers(on channel: Channel) throws -> [Message] {
  var answers: [Message] = []
  while true {
    do {
      answers.append(try channel.receive(deadline: 50))
    } catch {
      guard error == .closed else { throw error }
      return answers
    }
  }
}

extension UpdateSum {
  /// The weighted mean update; zero when nobody reported.
  func mean() -> [Double] {
    values.map { weight > 0 ? Double($0) / 0x1p30 / Double(weight) : 0 }
  }
}
