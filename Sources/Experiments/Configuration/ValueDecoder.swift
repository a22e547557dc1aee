import Federation
import Yams

/// Makes a configuration of the values of its keys.
///
/// A sweep does this for each of its points: nothing here is looked for in a tree.
struct ValueDecoder: Decoder {
  /// By key path, each as `ScalarReader` gives it.
  let values: [String: Node]
  /// Of this group, with a dot at its end, or of this key.
  var path = ""

  var codingPath: [any CodingKey] { path.split(separator: ".").map { PathKey(String($0)) } }
  let userInfo: [CodingUserInfoKey: Any] = [:]

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Group<Key>(decoder: self))
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { One(decoder: self) }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw unsupported }

  private var unsupported: DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: "no key holds a list"))
  }

  private func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let isScalar =
      type == Int.self || type == Double.self || type == Bool.self || type == String.self
      || type == UInt64.self
    guard isScalar else { return try Value(from: self) }
    guard let text = values[path]?.scalar?.string else {
      throw DecodingError.valueNotFound(
        type, .init(codingPath: codingPath, debugDescription: "no value"))
    }
    let found: (any Sendable)? =
      switch type {
      case is Int.Type: Int(text)
      case is UInt64.Type: UInt64(text)
      case is Double.Type: text == ".inf" ? Double.infinity : Double(text)
      case is Bool.Type: Bool(text)
      default: text
      }
    guard let value = found as? Value else {
      throw DecodingError.typeMismatch(
        type, .init(codingPath: codingPath, debugDescription: "another type"))
    }
    return value
  }

  /// The names of all keys and groups as they are written in files.
  private static let names: [String: String] = {
    var names: [String: String] = [:]
    for key in Configuration.keys {
      for name in key.path.split(separator: ".").map(String.init) { names[camelCase(name)] = name }
    }
    return names
  }()

  private struct One: SingleValueDecodingContainer {
    let decoder: ValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.values[decoder.path]?.tag == Tag(.null) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
  }

  private struct Group<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }
    /// Only for types that ask what there is: none of ours does.
    var allKeys: [Key] { [] }

    private func inner(_ key: Key) -> ValueDecoder {
      let name = ValueDecoder.names[key.stringValue] ?? key.stringValue
      let path = decoder.path.isEmpty ? name : "\(decoder.path).\(name)"
      return ValueDecoder(values: decoder.values, path: path)
    }

    func contains(_ key: Key) -> Bool { true }

    func decodeNil(forKey key: Key) -> Bool { One(decoder: inner(key)).decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      try inner(key).value(type)
    }

    func nestedContainer<Inner: CodingKey>(
      keyedBy type: Inner.Type, forKey key: Key
    ) -> KeyedDecodingContainer<Inner> {
      inner(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      throw inner(key).unsupported
    }

    func superDecoder() -> any Decoder { decoder }
    func superDecoder(forKey key: Key) -> any Decoder { inner(key) }
  }
}

/// A part of a key path, for errors.
private struct PathKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

extension Node {
  /// The value under a key of a group; keys are compared by their characters alone.
  func child(_ key: String) -> Node? {
    mapping?.first { $0.key.scalar?.string == key }?.value
  }

  /// The group with this value under a key, or without the key.
  func replacing(_ key: String, with value: Node?) -> Node {
    guard let mapping else { return self }
    var pairs = mapping.map { ($0.key, $0.value) }
    let index = pairs.firstIndex { $0.0.scalar?.string == key }
    switch (index, value) {
    case (let index?, let value?): pairs[index].1 = value
    case (let index?, nil): pairs.remove(at: index)
    case (nil, let value?): pairs.append((Node(key), value))
    case (nil, nil): return self
    }
    return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
  }
}
