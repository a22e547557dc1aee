import Foundation
import Models

/// The safetensors format (https://github.com/huggingface/safetensors): a JSON header, then the
/// tensors one after another in little-endian float32.
package enum Safetensors {
  package struct File: Equatable, Sendable {
    package var metadata: [String: String]
    package var parameters: [Float]
  }

  private struct Tensor: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  package static func encode(
    _ parameters: [Float], layout: ParameterLayout, metadata: [String: String]
  ) throws -> Data {
    precondition(parameters.count == layout.count)
    var tensors: [String: Tensor] = [:]
    for slice in layout.slices {
      tensors[slice.name] = Tensor(
        dtype: "F32", shape: slice.shape,
        data_offsets: [4 * slice.range.lowerBound, 4 * slice.range.upperBound])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header =
      "{\"__metadata__\":" + String(decoding: try encoder.encode(metadata), as: UTF8.self)
    let body = String(decoding: try encoder.encode(tensors), as: UTF8.self).dropFirst()
    header += (body == "}" ? "" : ",") + body
    // Tensors start at a multiple of eight, so that a reader can map them.
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var data = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: header.utf8)
    for value in parameters {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  /// Reads the tensors of `layout`; `path` is for messages.
  package static func decode(_ data: Data, layout: ParameterLayout, path: String) throws -> File {
    func damaged(_ what: String) -> ExperimentError {
      ExperimentError(.badData, "\(path): \(what); it is not a model of this experiment.")
    }
    guard data.count >= 8 else { throw damaged("too short for a safetensors file") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8) else { throw damaged("the header is cut") }
    let header = data.dropFirst(8).prefix(Int(length))
    let body = [UInt8](data.dropFirst(8 + Int(length)))
    guard let object = try? JSONSerialization.jsonObject(with: header) as? [String: Any] else {
      throw damaged("the header is not JSON")
    }
    var parameters = [Float](repeating: 0, count: layout.count)
    for slice in layout.slices {
      guard let tensor = object[slice.name] as? [String: Any],
        tensor["dtype"] as? String == "F32", tensor["shape"] as? [Int] == slice.shape,
        let offsets = tensor["data_offsets"] as? [Int], offsets.count == 2,
        0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= body.count,
        offsets[1] - offsets[0] == 4 * slice.count
      else { throw damaged("the tensor '\(slice.name)' is missing or has another shape") }
      body.withUnsafeBytes { bytes in
        for index in 0..<slice.count {
          let word = bytes.loadUnaligned(fromByteOffset: offsets[0] + 4 * index, as: UInt32.self)
          parameters[slice.range.lowerBound + index] = Float(bitPattern: UInt32(littleEndian: word))
        }
      }
    }
    return File(
      metadata: object["__metadata__"] as? [String: String] ?? [:], parameters: parameters)
  }
}
