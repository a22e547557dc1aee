import Tables
import UsageData

extension Network {
  /// A word that is not known leaves the network unknown: carriers' names are common.
  init(logged field: Field) {
    switch normalized(field) {
    case "offline", "none", "no", "disconnected": self = .offline
    case "cellular", "mobile", "2g", "3g", "4g", "5g", "lte": self = .cellular
    case "wifi", "wi_fi", "wlan": self = .wifi
    default: self = .unknown
    }
  }
}

/// A number that ids share only when they are the same; ids that are numbers keep their order.
func sessionID(_ field: Field) -> UInt64 {
  let hashed: UInt64 = 1 << 63
  guard field.count <= 18, field.count == 1 || field[0] != UInt8(ascii: "0") else {
    return hash64(field) | hashed
  }
  var value: UInt64 = 0
  for byte in field {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
      return hash64(field) | hashed
    }
    value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
  }
  return value
}

/// The start of a field, for a message.
func excerpt(_ field: Field) -> String {
  PrintableText.line(String(decoding: field.prefix(40), as: UTF8.self))
}

/// How the reason begins for which a row of an unknown event is bad.
let unknownEvent = "unknown event"
