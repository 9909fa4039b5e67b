import Foundation
import Tensors

@testable import Networks

/// Keeps what the export tests write, for other tools to try: with `EDGEMESH_EXPORTS` set to a folder, each network goes
/// there in the layout of ONNX's backend tests (`model.onnx`, `test_data_set_0/input_N.pb` and `output_N.pb`).
/// `Tests/Conformance/exports` sets it and runs ONNX's checker and ONNX Runtime on them.
enum ExportedFiles {
  static func keep(
    _ name: String, _ model: [UInt8], of network: Network, _ inputs: [String: Tensor], _ outputs: [String: Tensor]
  ) throws {
    guard let folder = ProcessInfo.processInfo.environment["EDGEMESH_EXPORTS"] else { return }
    let plain = String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    let test = URL(filePath: folder).appending(path: plain)
    let data = test.appending(path: "test_data_set_0")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    try Data(model).write(to: test.appending(path: "model.onnx"))
    for (kind, values, descriptions) in [
      ("input", inputs, network.inputs), ("output", outputs, network.outputs),
    ] {
      for (number, description) in descriptions.enumerated() {
        guard let tensor = values[description.name] else { continue }
        try Data(bytes(tensor)).write(to: data.appending(path: "\(kind)_\(number).pb"))
      }
    }
  }

  /// A TensorProto.
  private static func bytes(_ tensor: Tensor) -> [UInt8] {
    var writer = ProtobufWriter()
    for extent in tensor.shape.dimensions { writer.integer(1, extent) }
    writer.integer(2, ONNXElementType.float.rawValue)
    writer.bytes(9, tensor.elements.flatMap { element in (0..<4).map { UInt8(element.bitPattern >> (8 * $0) & 0xFF) } })
    return writer.bytes
  }
}
