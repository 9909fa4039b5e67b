public import Tensors

/// Builds small networks with random weights, operator by operator; every operator returns the name of its value.
///
/// Weights are evenly spread and scaled by the number of inputs of an output element (He et al., 2015), so that
/// activations stay finite at any depth. The same seed gives the same network on every machine.
public struct NetworkBuilder: Sendable {
  public private(set) var network: Network
  private var shapes: [String: Shape] = [:]
  private var generator: SeededGenerator

  /// A network with one input, called "input".
  public init(
    name: String, input: Shape, elementType: ElementType = .float, opset: Int = 20, seed: UInt64
  ) {
    network = Network(
      name: name, opset: opset,
      inputs: [ValueDescription(name: "input", shape: input, elementType: elementType)], outputs: [], nodes: [],
      constants: [:])
    shapes["input"] = input
    generator = SeededGenerator(seed: seed)
  }

  /// The network with `outputs`, validated. Simplify it where batch normalisation is to be folded.
  public func finished(outputs: [String]) throws(NetworkError) -> Network {
    var result = network
    result.outputs = outputs.map { ValueDescription(name: $0, shape: shape(of: $0)) }
    return try result.validated()
  }

  /// The shape of a value; an empty one for names that there are not.
  public func shape(of value: String) -> Shape { shapes[value] ?? [] }

  // MARK: Anything

  /// Adds a node with one output.
  public mutating func add(
    _ operatorType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]
  ) throws(NetworkError) -> String {
    let number = network.nodes.count
    let output = "v\(number)"
    try append(
      Node(
        name: "\(operatorType)_\(number)", operatorType: operatorType, inputs: inputs, outputs: [output],
        attributes: attributes))
    return output
  }

  /// Appends a node as it is, with names of its own; its inputs are there already.
  public mutating func append(_ node: Node) throws(NetworkError) {
    let operation = try network.makeOperator(for: node)
    let outputs = try network.inferredShapes(of: node, operation, given: shapes)
    network.nodes.append(node)
    for (output, shape) in zip(node.outputs, outputs) where !output.isEmpty { shapes[output] = shape }
  }

  public mutating func constant(_ tensor: Tensor) -> String { define(.float(tensor)) }

  public mutating func constant(_ integers: [Int]) -> String {
    define(.integer(IntegerTensor(shape: [integers.count], elements: integers)))
  }

  /// A constant of random numbers in `middle - spread ..< middle + spread`.
  public mutating func random(_ shape: Shape, spread: Float, around middle: Float = 0) -> String {
    var elements: [Float] = []
    for _ in 0..<shape.elementCount { elements.append(middle + spread * generator.nextFloat()) }
    return define(.float(Tensor(shape: shape, elements: elements)))
  }

  private mutating func define(_ constant: Constant) -> String {
    let name = "c\(network.constants.count)"
    define(constant, named: name)
    return name
  }

  /// Adds a constant with a name of its own, which nothing else has.
  public mutating func define(_ constant: Constant, named name: String) {
    shapes[name] = constant.shape
    network.constants[name] = constant
  }

  private mutating func weights(_ shape: Shape, fan: Int, gain: Float) -> String {
    random(shape, spread: gain * (6 / Float(Swift.max(fan, 1))).squareRoot())
  }

  // MARK: Layers

  /// A convolution with a bias, `same` padding unless told. One-dimensional where its input is.
  public mutating func convolution(
    _ x: String, channels: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1, bias: Bool = true,
    gain: Float = 1
  ) throws(NetworkError) -> String {
    let input = shape(of: x)
    let rank = Swift.max(input.rank - 2, 1)
    let perGroup = input.rank > 1 ? input[1] / Swift.max(groups, 1) : 1
    let kernels = [Int](repeating: kernel, count: rank)
    let fan = perGroup * kernels.reduce(1, *)
    var inputs = [x, weights(Shape([channels, perGroup] + kernels), fan: fan, gain: gain)]
    if bias { inputs.append(random([channels], spread: 0.1)) }
    return try add(
      "Conv", inputs,
      [
        "kernel_shape": .integers(kernels), "strides": .integers([Int](repeating: stride, count: rank)),
        "pads": .integers([Int](repeating: padding ?? kernel / 2, count: 2 * rank)), "group": .integer(groups),
      ])
  }

  /// Batch normalisation as after training.
  public mutating func batchNormalization(_ x: String) throws(NetworkError) -> String {
    let channels = shape(of: x).rank > 1 ? shape(of: x)[1] : 1
    let inputs = [
      x, random([channels], spread: 0.3, around: 1), random([channels], spread: 0.2),
      random([channels], spread: 0.2), random([channels], spread: 0.3, around: 1),
    ]
    return try add("BatchNormalization", inputs)
  }

  public mutating func relu(_ x: String) throws(NetworkError) -> String { try add("Relu", [x]) }

  public mutating func clip(_ x: String, _ minimum: Float, _ maximum: Float) throws(NetworkError) -> String {
    let bounds = [minimum, maximum].map { Tensor(shape: [], elements: [$0]) }
    return try add("Clip", [x, constant(bounds[0]), constant(bounds[1])])
  }

  public mutating func maxPool(_ x: String, kernel: Int, stride: Int, padding: Int = 0) throws(NetworkError) -> String {
    try add(
      "MaxPool", [x],
      [
        "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
        "pads": .integers([padding, padding, padding, padding]),
      ])
  }

  /// A fully connected layer with a bias over a matrix of one row.
  public mutating func linear(_ x: String, outputs: Int) throws(NetworkError) -> String {
    let inputs = shape(of: x).rank > 1 ? shape(of: x)[1] : 1
    return try add(
      "Gemm", [x, weights([outputs, inputs], fan: inputs, gain: 1), random([outputs], spread: 0.1)],
      ["transB": .integer(1)])
  }

  /// A fully connected layer over the last axis, as exporters write it where channels come last.
  public mutating func linearLast(_ x: String, outputs: Int) throws(NetworkError) -> String {
    let inputs = shape(of: x).dimensions.last ?? 1
    let product = try add("MatMul", [x, weights([inputs, outputs], fan: inputs, gain: 1)])
    return try add("Add", [product, random([outputs], spread: 0.1)])
  }

  /// Average over the map, then a fully connected layer.
  public mutating func classifier(_ x: String, classes: Int) throws(NetworkError) -> String {
    let pooled = try add("GlobalAveragePool", [x])
    return try linear(try add("Flatten", [pooled]), outputs: classes)
  }
}
