/// A value that may be left out; unlike `Optional` it is written as an explicit `null`, so that
/// the resolved configuration shows every key there is.
package struct Setting<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  package var value: Value?

  package init(_ value: Value? = nil) {
    self.value = value
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
