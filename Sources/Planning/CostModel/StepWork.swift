import Networks
import Plans
import Tensors

/// What a node asks of a board, as the cost model sees it.
struct StepWork: Equatable {
  /// Which curve, and where on it; nil for what costs nothing but its step, or nothing at all.
  var kind: CostCurve.Kind?
  var kernel = 1.0
  var stride = 1
  var place: [Double] = []
  /// What the curve's rate is of.
  var amount = 0.0
  var weightBytes = 0.0
  /// Whether it is done when the network is prepared, or is only another view of what is there.
  var isFree = false

  init(_ node: NodeProfile, block: Int) {
    let input = (node.inputShapes.first ?? nil) ?? []
    let output = node.outputShape
    let bytes = 4 * Double(node.inputElements + output.elementCount)
    weightBytes = 4 * Double(node.parameters)
    switch node.operatorType {
    case "Conv", "ConvTranspose":
      guard let weights = node.inputShapes.dropFirst().first ?? nil, weights.rank >= 3, output.rank >= 3 else { break }
      self.window(node, input: input, output: output, weights: weights, block: block)
      return
    case "Gemm", "MatMul":
      matrix(node, input: input, output: output, block: block)
      return
    case "MaxPool", "AveragePool", "LpPool":
      kind = .pool
      place = [Double(output.elementCount)]
      amount = Double(output.elementCount) * Double(node.taps)
      return
    default: break
    }
    if Self.views.contains(node.operatorType) {
      isFree = true
      return
    }
    kind = Self.kinds[node.operatorType] ?? .moving
    place = [bytes]
    amount = bytes
  }

  private mutating func window(_ node: NodeProfile, input: Shape, output: Shape, weights: Shape, block: Int) {
    let groups = max(input.rank > 1 ? input[1] / max(weights[1], 1) : 1, 1)
    let pixels = output.dimensions[2...].reduce(1, *)
    let inputPixels = input.rank > 2 ? input.dimensions[2...].reduce(1, *) : pixels
    // Extents tell the stride but for the border.
    stride = Double(inputPixels) >= 2 * Double(pixels) ? 2 : 1
    kernel = Double(max(node.taps, 1)).squareRoot()
    let isDepthwise = groups > 1 && weights[1] == 1
    let rows = isDepthwise ? output[1] : output[1] / groups
    // What is computed of the last block and is not wanted takes as long as the rest.
    let padded = (rows + block - 1) / block * block
    amount = 2 * Double(node.multiplyAccumulates) * Double(padded) / Double(max(rows, 1))
    if !isDepthwise, weights.dimensions[2...] == [3, 3], stride == 1 {
      amount *= Double(CostCurve.tiledPixels(height: output[2], width: output[3])) / Double(max(pixels, 1))
    }
    if isDepthwise {
      kind = .depthwise
      place = [Double(padded), Double(pixels)]
    } else {
      kind = .convolution
      place = [Double(weights[1]), Double(padded), Double(pixels)]
    }
  }

  private mutating func matrix(_ node: NodeProfile, input: Shape, output: Shape, block: Int) {
    let columns = max(output.dimensions.last ?? 1, 1)
    let rows = max(output.elementCount / columns, 1)
    let depth = max(node.multiplyAccumulates / max(output.elementCount, 1), 1)
    if rows == 1, node.parameters > 0 {
      kind = .linear
      place = [Double(depth), Double(columns)]
      amount = 4 * Double(depth) * Double(columns)
    } else {
      // As a convolution whose window is one pixel.
      kind = .convolution
      let padded = (columns + block - 1) / block * block
      place = [Double(depth), Double(padded), Double(rows)]
      amount = 2 * Double(node.multiplyAccumulates) * Double(padded) / Double(columns)
    }
  }

  /// Only other views of what is there.
  private static let views: Set<String> = [
    "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Shape", "Size", "Constant",
  ]

  private static let kinds: [String: CostCurve.Kind] = [
    "Relu": .unary, "Clip": .unary, "LeakyRelu": .unary, "PRelu": .unary, "HardSigmoid": .unary, "HardSwish": .unary,
    "Neg": .unary, "Abs": .unary, "Sqrt": .unary, "BatchNormalization": .unary,
    "Add": .binary, "Sub": .binary, "Mul": .binary, "Div": .binary, "Min": .binary, "Max": .binary, "Sum": .binary,
    "Sigmoid": .function, "Tanh": .function, "Exp": .function, "Erf": .function, "Gelu": .function, "Elu": .function,
    "Softplus": .function, "Mish": .function, "Swish": .function, "Pow": .function, "Log": .function,
    "LayerNormalization": .normalization, "GroupNormalization": .normalization, "LRN": .normalization,
    "InstanceNormalization": .normalization, "RMSNormalization": .normalization,
    "MeanVarianceNormalization": .normalization, "LpNormalization": .normalization,
    "Softmax": .softmax, "LogSoftmax": .softmax,
    "GlobalAveragePool": .globalPool, "GlobalMaxPool": .globalPool, "ReduceMean": .globalPool,
    "ReduceSum": .globalPool, "ReduceMax": .globalPool,
  ]
}
