import Foundation
import Networks
import Tensors

/// Computes ONNX operators by their definitions, with none of the library's code: loops over indices in double
/// precision. It trusts its inputs; the tests give it only what is right.
struct Reference {
  let node: Node
  let opset: Int
  /// Nil where an input is not given.
  let inputs: [Values?]
  /// What the inputs' elements are; nil where one is not given.
  var types: [ElementType?] = []

  /// Computes a whole network.
  static func run(_ network: Network, _ given: [String: Tensor]) -> [String: Values] {
    var values = given.mapValues { Values($0) }
    for (name, constant) in network.constants { values[name] = Values(constant) }
    var types = network.constants.mapValues(\.elementType)
    for input in network.inputs { types[input.name] = input.elementType }
    for node in network.nodes {
      let outputs = Reference(
        node: node, opset: network.opset, inputs: node.inputs.map { values[$0] }, types: node.inputs.map { types[$0] }
      ).outputs()
      for (name, value) in zip(node.outputs, outputs) { values[name] = value }
    }
    return values
  }

  var x: Values { inputs[0]! }

  func integer(_ name: String, _ fallback: Int) -> Int {
    if case .integer(let value) = node.attributes[name] { value } else { fallback }
  }

  func float(_ name: String, _ fallback: Double) -> Double {
    if case .float(let value) = node.attributes[name] { Double(value) } else { fallback }
  }

  func list(_ name: String, orInput position: Int = .max) -> [Int]? {
    if case .integers(let values) = node.attributes[name] { return values }
    return position < inputs.count ? inputs[position]?.integers : nil
  }

  func number(atInput position: Int) -> Double? { position < inputs.count ? inputs[position]?.elements[0] : nil }

  func axis(_ axis: Int, _ rank: Int) -> Int { axis < 0 ? axis + rank : axis }

  func outputs() -> [Values] {
    switch node.operatorType {
    case "Split": return split()
    case "Dropout": return [x, Values(x.shape) { _ in 1 }]
    case "RNN", "GRU", "LSTM": return recurrent()
    case "MaxPool":
      let largest = pooled { values, _ in values.max()! }
      return node.outputs.count > 1 ? [largest, indicesOfLargest()] : [largest]
    default: return normalisations() ?? indexed() ?? (comparisons() ?? functions()).map { [$0] } ?? [output()]
    }
  }

  private func output() -> Values {
    switch node.operatorType {
    case "Relu": return mapped { Swift.max($0, 0) }
    case "Clip":
      let low = number(atInput: 1) ?? float("min", -.infinity)
      let high = number(atInput: 2) ?? float("max", .infinity)
      return mapped { Swift.min(Swift.max($0, low), high) }
    case "Sigmoid": return mapped { 1 / (1 + exp(-$0)) }
    case "HardSigmoid":
      return mapped { Swift.max(0, Swift.min(1, float("alpha", 0.2) * $0 + float("beta", 0.5))) }
    case "HardSwish": return mapped { $0 * Swift.max(0, Swift.min(1, $0 / 6 + 0.5)) }
    case "Sqrt": return mapped { $0.squareRoot() }
    case "Erf": return mapped { erf($0) }
    case "Tanh": return mapped { tanh($0) }
    case "Exp": return mapped { exp($0) }
    case "Gelu":
      if case .string("tanh") = node.attributes["approximate"] {
        return mapped { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
      }
      return mapped { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }
    case "Identity": return x
    case "Add": return combined(+)
    case "Sub": return combined(-)
    case "Mul": return combined(*)
    case "Conv": return convolution()
    case "ConvTranspose": return transposedConvolution()
    case "Gemm": return gemm()
    case "MatMul": return matrixProduct()
    case "BatchNormalization":
      return Values(x.shape) { index in
        let p = (1...4).map { inputs[$0]!.elements[index[1]] }
        return (x[index] - p[2]) / (p[3] + float("epsilon", 1e-5)).squareRoot() * p[0] + p[1]
      }
    case "AveragePool": return pooled { values, padded in values.reduce(0, +) / Double(values.count + padded) }
    case "GlobalAveragePool": return global { $0.reduce(0, +) / Double($0.count) }
    case "GlobalMaxPool": return global { $0.max()! }
    case "LRN":
      let size = integer("size", 1)
      return Values(x.shape) { index in
        var sum = 0.0
        let first = index[1] - (size - 1) / 2
        for channel in first..<first + size where channel >= 0 && channel < x.shape[1] {
          var neighbour = index
          neighbour[1] = channel
          sum += x[neighbour] * x[neighbour]
        }
        return x[index] / pow(float("bias", 1) + float("alpha", 1e-4) / Double(size) * sum, float("beta", 0.75))
      }
    case "Concat": return concatenated()
    case "Transpose":
      let permutation = list("perm") ?? Array((0..<x.shape.count).reversed())
      return Values(permutation.map { x.shape[$0] }) { index in
        var source = index
        for (to, from) in permutation.enumerated() { source[from] = index[to] }
        return x[source]
      }
    case "Slice": return sliced()
    case "Pad": return padded()
    case "Resize", "Upsample": return resized()
    case "DepthToSpace": return depthToSpace()
    case "SpaceToDepth": return spaceToDepth()
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze": return Values(reshapedShape(), x.elements)
    case "Gather": return gathered()
    case "ConstantOfShape":
      var value = float("value", 0)
      if case .integer(let number) = node.attributes["value"] { value = Double(number) }
      if case .string(let word) = node.attributes["value"] { value = word == "true" ? 1 : 0 }
      return Values(x.integers) { _ in value }
    case "edgemesh.SelectRows": return x.selecting(list("rows")!, axis: axis(integer("axis", 0), x.shape.count))
    default: preconditionFailure("the reference has no \(node.operatorType)")
    }
  }

  func mapped(_ function: (Double) -> Double) -> Values { Values(x.shape, x.elements.map(function)) }

  func combined(_ function: (Double, Double) -> Double) -> Values {
    let (a, b) = (inputs[0]!, inputs[1]!)
    let rank = Swift.max(a.shape.count, b.shape.count)
    func extent(_ shape: [Int], _ axis: Int) -> Int {
      let own = axis - (rank - shape.count)
      return own < 0 ? 1 : shape[own]
    }
    let shape = (0..<rank).map { axis in
      extent(a.shape, axis) == 1 ? extent(b.shape, axis) : extent(a.shape, axis)
    }
    return Values(shape) { function(a.broadcast(at: $0), b.broadcast(at: $0)) }
  }
}
