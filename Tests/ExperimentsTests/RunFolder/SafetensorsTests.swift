import Experiments
import Foundation
import Models
import Testing

/// Model files against one that Vectors/safetensors.py builds from the description of the format.
struct SafetensorsTests {
  static let layout: ParameterLayout = {
    var layout = ParameterLayout()
    layout.append("embedding.weight", 3, 2)
    layout.append("output.bias", 4)
    layout.append("scale", 1)
    return layout
  }()
  static let parameters: [Float] = [
    0.5, -1.25, 3, 1e-30, -0.0, 65_504, 1, 2, .infinity, 0.1, 7,
  ]
  static let metadata = ["format": "fedsim 1", "kind": "lstm", "task": "first/app \"é\""]

  static func decode(_ data: Data, layout: ParameterLayout = layout) throws -> Safetensors.File {
    try Safetensors.decode(data, layout: layout, path: "model.safetensors")
  }

  @Test func anIndependentFileIsRead() throws {
    let file = try Self.decode(vectorFile("model.safetensors"))
    #expect(file.metadata == Self.metadata)
    #expect(file.parameters.map(\.bitPattern) == Self.parameters.map(\.bitPattern))
  }

  @Test func ourFileHasTheSameBytes() throws {
    let data = try Safetensors.encode(
      Self.parameters, layout: Self.layout, metadata: Self.metadata)
    #expect(try data == vectorFile("model.safetensors"))
  }

  @Test func everythingIsReadBack() throws {
    let parameters: [Float] = (0..<11).map { Float(bitPattern: 0x9E37_79B9 &* $0) }
    let data = try Safetensors.encode(parameters, layout: Self.layout, metadata: [:])
    let file = try Self.decode(data)
    #expect(file.parameters.map(\.bitPattern) == parameters.map(\.bitPattern))
    #expect(file.metadata.isEmpty)
    #expect(data.prefix(8)[0] % 8 == 0)
  }

  @Test func everyCutFileIsAnError() throws {
    let data = try vectorFile("model.safetensors")
    for count in 0..<data.count {
      let error = #expect(throws: ExperimentError.self, "\(count) bytes") {
        try Self.decode(data.prefix(count))
      }
      #expect(error?.code == .badData)
    }
  }

  static func file(header: String, bytes: Int = 44) -> Data {
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data.append(contentsOf: header.utf8)
    data.append(Data(count: bytes))
    return data
  }

  @Test func damagedHeadersAreErrors() {
    var layout = ParameterLayout()
    layout.append("scale", 1)
    func tensor(_ offsets: String, dtype: String = "F32", shape: String = "[1]") -> String {
      #"{"scale":{"data_offsets":\#(offsets),"dtype":"\#(dtype)","shape":\#(shape)}}"#
    }
    #expect(throws: Never.self) {
      try Self.decode(Self.file(header: tensor("[40,44]")), layout: layout)
    }
    let headers = [
      "", "{", "[]", "3", "{}", #"{"scale":{}}"#, #"{"scale":[]}"#, tensor("[]"),
      tensor("[0,4,8]"), tensor("[44,48]"), tensor("[-4,0]"), tensor("[4,0]"), tensor("[0,8]"),
      tensor("[0,4]", dtype: "F16"), tensor("[0,4]", shape: "[2]"),
      tensor("[0,4]", shape: "[1,1]"), tensor("[\"0\",\"4\"]"),
      tensor("[1,-9223372036854775808]"),
      tensor("[9223372036854775807,-9223372036854775808]"),
      tensor("[9223372036854775804,9223372036854775807]"),
    ]
    for header in headers {
      let error = #expect(throws: ExperimentError.self, "\(header)") {
        try Self.decode(Self.file(header: header), layout: layout)
      }
      #expect(error?.code == .badData)
    }
    // A header length that no file has.
    var huge = Self.file(header: tensor("[0,4]"))
    huge.replaceSubrange(0..<8, with: [UInt8](repeating: 0xFF, count: 8))
    #expect(throws: ExperimentError.self) { try Self.decode(huge, layout: layout) }
  }
}
