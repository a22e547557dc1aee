import Foundation
import Models

@testable import Experiments

/// Two tensors, one of two dimensions.
private let layout = {
  var layout = ParameterLayout()
  layout.append("weights", 2, 3)
  layout.append("bias", 3)
  return layout
}()

/// A model file; what is accepted is written back to what means the same.
@Sendable func readSafetensors(_ input: UnsafeRawBufferPointer) {
  do {
    let file = try Safetensors.decode(Data(input), layout: layout, path: "model.safetensors")
    require(file.parameters.count == layout.count, "a number for every parameter")
    let written = try Safetensors.encode(
      file.parameters, layout: layout, metadata: file.metadata)
    let again = try Safetensors.decode(written, layout: layout, path: "again")
    require(again.metadata == file.metadata, "the metadata survives")
    require(
      again.parameters.map(\.bitPattern) == file.parameters.map(\.bitPattern),
      "the parameters survive")
  } catch let error as ExperimentError {
    require(error.code == .badData, "exit code of: \(error)")
  } catch {
    require(false, "an error of another layer: \(error)")
  }
}

func safetensorsSeed() throws -> Data {
  try Safetensors.encode(
    (0..<layout.count).map { Float($0) / 8 }, layout: layout,
    metadata: ["format": "fedsim 1", "kind": "softmax"])
}
