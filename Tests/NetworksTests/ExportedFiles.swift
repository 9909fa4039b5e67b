import Foundation
import Tensors

@testable import Networks

/// Keeps what the export tests write, for other tools to try: with `EDGEMESH_EXPORTS` set to a folder, each network goes
/// there in the layout of ONNX's backend tests (`model.onnx`, `test_data_set_0/input_N.pb` and `output_N.pb`).
/// `Tests/Conformance/exports` sets it and runs ONNX's checker and ONNX Runtime on them.
enum ExportedFiles {
  static func keep(
    _ name: String, _ model: [UInt8], of network: Network, _ inputs: [String: Tensor],
    _ outputs: [String: RuntimeValue]
  ) throws {
    guard let folder = ProcessInfo.processInfo.environment["EDGEMESH_EXPORTS"] else { return }
    let plain = String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    let test = URL(filePath: folder).appending(path: plain)
    let data = test.appending(path: "test_data_set_0")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    try Data(model).write(to: test.appending(path: "model.onnx"))
    func keep(_ kind: String, _ number: Int, _ name: String, _ value: Constant) throws {
      let file = data.appending(path: "\(kind)_\(number).pb")
      try Data(TensorFile.bytes(of: value, named: name)).write(to: file)
    }
    for (number, input) in network.inputs.enumerated() {
      guard let tensor = inputs[input.name] else { continue }
      try keep("input", number, input.name, constant(tensor, input.elementType))
    }
    for (number, output) in network.outputs.enumerated() {
      guard let value = outputs[output.name] else { continue }
      try keep("output", number, output.name, value.asConstant)
    }
  }

  /// The tests' inputs, which are all given as numbers, as what the network takes them for.
  private static func constant(_ tensor: Tensor, _ type: ElementType) -> Constant {
    guard type != .float else { return .float(tensor) }
    let elements = tensor.elements.map { Int($0.rounded()) }
    return .integer(IntegerTensor(shape: tensor.shape, elements: elements, isBoolean: type == .boolean))
  }
}
