import Networks
import Tensors

extension GraphBuilder {
  mutating func apply(_ node: Node, _ activation: Activation) -> Bool {
    let form = form(of: node.inputs[0])
    guard let layout = layout(of: node.inputs[0], as: form), let input = operand(node.inputs[0], as: form) else {
      return false
    }
    let output = program.sampleValue(layout)
    add(.apply(activation, layout), [input, output])
    define(node.outputs[0], output, as: form)
    return true
  }

  mutating func differentiateFunction(_ node: Node, _ activation: Activation) -> Bool {
    let form = form(of: node.inputs[0])
    guard let layout = layout(of: node.inputs[0], as: form), let input = operand(node.inputs[0], as: form) else {
      return false
    }
    guard let gradient = gradient(node.outputs[0], as: form) else { return true }
    let back = program.sampleValue(layout)
    add(.gradient(by: activation, layout), [input, gradient, back])
    contribute(back, to: node.inputs[0], as: form)
    return true
  }

  mutating func dropOut(_ node: Node, ratio: Float) -> Bool {
    let form = form(of: node.inputs[0])
    guard let layout = layout(of: node.inputs[0], as: form), let input = operand(node.inputs[0], as: form) else {
      return false
    }
    guard ratio > 0 else {
      define(node.outputs[0], input, as: form)
      return true
    }
    let output = program.sampleValue(layout)
    let key = key()
    kept[node.outputs[0]] = [key]
    add(.dropOut(keeping: 1 - ratio, layout), [key, input, output])
    define(node.outputs[0], output, as: form)
    return true
  }

  mutating func differentiateDropout(_ node: Node, ratio: Float) -> Bool {
    let form = form(of: node.inputs[0])
    guard let layout = layout(of: node.inputs[0], as: form) else { return false }
    guard var gradient = gradient(node.outputs[0], as: form) else { return true }
    if let key = kept[node.outputs[0]]?.first {
      let back = program.sampleValue(layout)
      add(.dropOut(keeping: 1 - ratio, layout), [key, gradient, back])
      gradient = back
    }
    contribute(gradient, to: node.inputs[0], as: form)
    return true
  }
}
