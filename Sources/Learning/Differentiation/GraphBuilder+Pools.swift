import Networks
import Tensors

extension GraphBuilder {
  mutating func pool(_ node: Node, _ pool: BatchCall.Pool, _ window: Window?) -> Bool {
    guard let from = layout(of: node.inputs[0], as: .map), let to = layout(of: node.outputs[0], as: .map),
      let input = operand(node.inputs[0], as: .map)
    else { return false }
    let output = program.sampleValue(to)
    if let window {
      add(.pool(pool, window, from: from, to: to), [input, output])
    } else {
      add(.poolGlobally(pool, from), [input, output])
    }
    define(node.outputs[0], output, as: .map)
    return true
  }

  mutating func differentiatePool(_ node: Node, _ pool: BatchCall.Pool, _ window: Window?) -> Bool {
    guard let from = layout(of: node.inputs[0], as: .map), let to = layout(of: node.outputs[0], as: .map),
      let input = operand(node.inputs[0], as: .map)
    else { return false }
    guard let gradient = gradient(node.outputs[0], as: .map) else { return true }
    let back = program.sampleValue(from)
    // A mean's gradient does not depend on what the mean was taken of.
    let looksBack = pool == .maximum ? input : nil
    if let window {
      add(.gradient(by: pool, window, from: from, to: to), [looksBack, gradient, back])
    } else {
      add(.gradientByGlobalPool(pool, from), [looksBack, gradient, back])
    }
    contribute(back, to: node.inputs[0], as: .map)
    return true
  }
}
