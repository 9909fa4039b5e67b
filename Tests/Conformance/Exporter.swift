import FoundationEssentials
import Networks
import Tensors

/// Writes networks as ONNX files of opset 17 with the inputs that they ran on and the outputs that they gave: a folder of
/// backend tests again, for `accept` to give to ONNX Runtime and for this runner to read again.
struct Exporter {
  let folder: String
  private(set) var written = 0
  /// What opset 17 cannot say, by name.
  private(set) var refused: [(name: String, reason: String)] = []

  init(folder: String) throws {
    self.folder = folder
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// As it was loaded and, where that is another graph, as it runs.
  mutating func write(_ attempt: Attempt, named name: String, outputs: [Constant]) throws {
    try write(attempt.loaded, named: name, inputs: attempt.inputs, outputs: outputs)
    guard attempt.simplified.nodes != attempt.loaded.nodes, !attempt.simplified.nodes.isEmpty else { return }
    try write(attempt.simplified, named: name + ".simplified", inputs: attempt.inputs, outputs: outputs)
  }

  /// Our example networks, on inputs from their seed.
  mutating func writeExamples() throws {
    var inPieces = try ExampleNetworks.convNeXt(inPieces: true)
    inPieces.name += "-in-pieces"
    for network in try ExampleNetworks.all() + [inPieces] {
      var generator = SeededGenerator(seed: 1)
      var inputs: [String: RuntimeValue] = [:]
      for input in network.inputs {
        let elements = (0..<input.shape.elementCount).map { _ in generator.nextFloat() }
        // Indices, where integers are wanted.
        inputs[input.name] =
          input.elementType == .float
          ? .tensor(Tensor(shape: input.shape, elements: elements))
          : .integers(IntegerTensor(shape: input.shape, elements: elements.map { Int($0.rounded()) }))
      }
      let attempt = try Attempt(network, inputs: inputs)
      try write(attempt, named: network.name, outputs: try attempt.run())
    }
  }

  private mutating func write(
    _ network: Network, named name: String, inputs: [String: RuntimeValue], outputs: [Constant]
  ) throws {
    let bytes: [UInt8]
    do {
      bytes = try network.exported()
    } catch {
      refused.append((name, "\(error)"))
      return
    }
    let path = folder + "/" + name
    let dataSet = path + "/test_data_set_0"
    try FileManager.default.createDirectory(atPath: dataSet, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path + "/model.onnx"))
    for (index, input) in network.inputs.enumerated() {
      guard let value = inputs[input.name] else { continue }
      let file = TensorFile.bytes(of: value.asConstant, named: input.name)
      try Data(file).write(to: URL(filePath: "\(dataSet)/input_\(index).pb"))
    }
    for (index, (output, value)) in zip(network.outputs, outputs).enumerated() {
      let file = TensorFile.bytes(of: value, named: output.name)
      try Data(file).write(to: URL(filePath: "\(dataSet)/output_\(index).pb"))
    }
    written += 1
  }
}
