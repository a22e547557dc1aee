/// What a client program must keep to, as `fedsim worker-check` names it.
package enum ProgramRule: String, CaseIterable, Sendable {
  case frameStart = "frame-start"
  case frameVersion = "frame-version"
  case frameLength = "frame-length"
  case frameChecksum = "frame-checksum"
  case payload
  case deadline
  case staysAlive = "stays-alive"
  case ready
  case initial
  case reportOrder = "report-order"
  case updateLength = "update-length"
  case updateFinite = "update-finite"
  case exampleCount = "example-count"
  case repeatable
  case latestModel = "latest-model"
  case metricOrder = "metric-order"
  case metrics
  case silence
  case leaves
  case refusesCorrupt = "refuses-corrupt"
  case refusesUnknown = "refuses-unknown"
  case refusesDisorder = "refuses-disorder"
  case refusesMalformed = "refuses-malformed"

  /// One sentence.
  package var meaning: String {
    switch self {
    case .frameStart: "Standard output holds only frames, each beginning with FSIM."
    case .frameVersion: "A frame has the version of the protocol."
    case .frameLength: "A frame is as long as its header says, and no longer than 2^30 bytes."
    case .frameChecksum: "The checksum of a frame is the CRC-32 of its fields and payload."
    case .payload: "A message is of a type that a program sends, and its payload can be read."
    case .deadline: "Every question is answered in time."
    case .staysAlive: "The program does not end while it is asked."
    case .ready:
      "The first answer is ready: JSON with protocol 1, a name and the number of parameters."
    case .initial: "initialize is answered by initial, with a finite number for every parameter."
    case .reportOrder: "train is answered by one report for each client, in the order asked."
    case .updateLength: "An update has a number for every parameter of the model."
    case .updateFinite: "The update and the loss of a client are finite numbers."
    case .exampleCount: "A report counts 0 examples or more, and has no update exactly with 0."
    case .repeatable:
      "The same question gets the same bytes, whatever was asked before, in every process."
    case .latestModel: "Training begins from the model that was sent last."
    case .metricOrder: "evaluate is answered by one measured for each client, in the order asked."
    case .metrics:
      "Metrics have different names of letters and digits, and finite values; accuracy is a share."
    case .silence: "Nothing is sent that was not asked for."
    case .leaves: "The program ends with exit status 0 when its input is closed."
    case .refusesCorrupt:
      "A frame that is cut, too long, of another version or corrupt ends the program."
    case .refusesUnknown: "A message of an unknown type ends the program."
    case .refusesDisorder:
      "A question before setup or before a model, and a second setup, end the program."
    case .refusesMalformed:
      "A model of another length, a client beyond the population and a payload with bytes missing or too "
        + "many end the program."
    }
  }
}

/// A rule that a program broke, and how.
package struct BrokenRule: Error, Equatable, Sendable {
  package var rule: ProgramRule
  /// One sentence without its end.
  package var detail: String

  init(_ rule: ProgramRule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }
}
