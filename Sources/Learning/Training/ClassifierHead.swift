import Networks
import Tensors

/// Where a classifier's logits are: its output, or what goes into the Softmax at its end.
struct ClassifierHead {
  let logits: String
  let classCount: Int

  /// Throws `mismatch` for a network that does not have one input and one output.
  init(_ network: Network) throws {
    var name = network.outputs.first?.name
    if let last = network.nodes.last, last.operatorType == "Softmax", last.outputs.first == name {
      name = last.inputs[0]
    }
    guard network.inputs.count == 1, network.outputs.count == 1, let name,
      let shape = try network.inferredShapes()[name]
    else { throw LearningError.mismatch("network '\(network.name)' does not have one input and one output") }
    logits = name
    classCount = shape.elementCount
  }
}
