import Foundation
import Networks
import Tensors

/// Keeps the networks that the tests export, for other tools to try: with `EDGEMESH_EXPORTS` set to a folder, each goes
/// there in the layout of ONNX's backend tests. `Tests/Conformance/exports` sets it and runs ONNX's checker and ONNX
/// Runtime on them.
enum ArchitectureFiles {
  static func keep(
    _ name: String, _ model: [UInt8], _ inputs: [String: Tensor], _ outputs: [String: Tensor]
  ) throws {
    guard let folder = ProcessInfo.processInfo.environment["EDGEMESH_EXPORTS"] else { return }
    let test = URL(filePath: folder).appending(path: "architecture_\(name)")
    let data = test.appending(path: "test_data_set_0")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    try Data(model).write(to: test.appending(path: "model.onnx"))
    for (kind, values) in [("input", inputs), ("output", outputs)] {
      for (number, value) in values.sorted(by: { $0.key < $1.key }).enumerated() {
        let bytes = TensorFile.bytes(of: .float(value.value), named: value.key)
        try Data(bytes).write(to: data.appending(path: "\(kind)_\(number).pb"))
      }
    }
  }
}
