import Tensors

/// Nodes that become one step: a layer with constant weights and what follows it, where the value between has no other
/// use.
///
/// Taken in are, in this order: a bias, factors a channel (both become part of the weights; factors only of weights that
/// are not rounded, and would be twice), a residual, an activation;
/// and Transposes between `[1, C, H, W]` and `[1, H, W, C]`, which change nothing in how a map lies. The step stands where
/// the last of the nodes stood, so that the residual is there.
struct Fusion {
  var first: Int
  /// The nodes after it, in order.
  var absorbed: [Int] = []
  /// Factors and terms for the layer's results, one a row: result * scale + shift.
  var scale: [Float]?
  var shift: [Float]?
  var residual: String?
  var activation = Activation.none
  var output: String
  /// Whether the output is `[1, H, W, C]`, laid out as a map.
  var isChannelsLast: Bool
}

/// The fusions of a network.
struct Fusions {
  /// By the node in whose place they stand.
  var byPlace: [Int: Fusion] = [:]
  /// Whether a node is part of a fused step.
  var isFused: [Bool]
  /// Values of `[1, H, W, C]` (or `[1, L, C]`) that will be laid out as maps.
  var channelsLast: Set<String> = []
  /// Nodes whose weights will be packed.
  var layers: Set<Int> = []

  /// Finds them. What is found holds no weights.
  ///
  /// - Parameter weightType: how the layers' weights are stored.
  init(
    of network: Network, operators: [any Operator], shapes: [String: Shape], types: [String: ElementType],
    weightType: WeightType
  ) {
    var search = FusionSearch(
      network, operators: operators, shapes: shapes, types: types, takesFactors: weightType == .float32)
    search.find()
    self = search.found
  }

  fileprivate init(nodeCount: Int) { isFused = [Bool](repeating: false, count: nodeCount) }
}

/// Finds the fusions of a network.
private struct FusionSearch {
  var found: Fusions
  private var channelsLast: Set<String> { found.channelsLast }
  private let network: Network
  private let operators: [any Operator]
  private let shapes: [String: Shape]
  private let types: [String: ElementType]
  /// The node that uses a value, where it is used once and by a node.
  private var soleConsumers: [String: Int] = [:]
  private var makers: [String: Int] = [:]

  private let takesFactors: Bool

  init(
    _ network: Network, operators: [any Operator], shapes: [String: Shape], types: [String: ElementType],
    takesFactors: Bool
  ) {
    self.takesFactors = takesFactors
    self.network = network
    self.operators = operators
    self.shapes = shapes
    self.types = types
    found = Fusions(nodeCount: network.nodes.count)
    let uses = network.useCounts()
    let outputs = Set(network.outputs.map(\.name))
    for (index, node) in network.nodes.enumerated() {
      for input in node.inputs where uses[input] == 1 && !outputs.contains(input) { soleConsumers[input] = index }
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
  }

  mutating func find() {
    followChannelsLast()
    for index in network.nodes.indices { fuse(from: index) }
  }

  // MARK: Channels last

  private mutating func followChannelsLast() {
    for (index, node) in network.nodes.enumerated() {
      guard let input = node.inputs.first, let output = node.outputs.first, types[input] == .float else { continue }
      if operators[index] is Transpose {
        if isTranspose(index, from: input, toChannelsLast: true) { found.channelsLast.insert(output) }
      } else if channelsLast.contains(input) || node.inputs.dropFirst().contains(where: channelsLast.contains) {
        if keepsChannelsLast(index) { found.channelsLast.insert(output) }
      }
    }
  }

  /// Whether the node's output is laid out like its input of channels last.
  private func keepsChannelsLast(_ index: Int) -> Bool {
    let node = network.nodes[index]
    guard let shape = shapes[node.outputs[0]] else { return false }
    switch operators[index] {
    case let norm as LayerNormalization:
      return norm.normalizesOnly(axis: shape.rank - 1, rank: shape.rank)
        && node.inputs.dropFirst().allSatisfy { $0.isEmpty || floats($0) != nil }
    case is MatMul: return channelsLast.contains(node.inputs[0]) && isPackable(index)
    case let function as any UnaryOperator: return function.activation != nil
    case let binary as any BinaryOperator:
      return type(of: binary).arithmetic != nil
        && node.inputs.allSatisfy { name in
          if channelsLast.contains(name) { return shapes[name] == shape }
          let isFirst = name == node.inputs[0]
          return numbers(name, channels: shape, last: true)?.allSatisfy {
            type(of: binary).affine($0, operandFirst: isFirst) != nil
          } ?? false
        }
    default: return false
    }
  }

  /// Whether the node is a Transpose from a map's shape to channels last, or back.
  private func isTranspose(_ index: Int, from input: String, toChannelsLast: Bool) -> Bool {
    guard let transpose = operators[index] as? Transpose, let shape = shapes[input], shape[0] == 1,
      !shape.dimensions.contains(0)
    else { return false }
    switch shape.rank {
    case 3:
      // Of convolutions in one dimension; a sequence's own transposes are of plain numbers.
      return transpose.permutation == [0, 2, 1]
        && (!toChannelsLast || makers[input].map { operators[$0] is Conv } ?? false)
    case 4: return transpose.permutation == (toChannelsLast ? [0, 2, 3, 1] : [0, 3, 1, 2])
    default: return false
    }
  }

  // MARK: Layers

  private func floats(_ name: String) -> Tensor? {
    guard case .float(let tensor) = network.constants[name] else { return nil }
    return tensor
  }

  /// A constant as one number a channel of `shape`, which has its channels second or last; nil where it is none.
  private func numbers(_ name: String, channels shape: Shape, last: Bool) -> [Float]? {
    guard let tensor = floats(name), shape.rank > 1 else { return nil }
    let axis = last ? shape.rank - 1 : 1
    return tensor.numbers(alongAxis: axis, of: shape)
  }

  /// Whether the node is a layer whose weights (and bias) are constant and can be packed.
  private func isPackable(_ index: Int) -> Bool {
    let node = network.nodes[index]
    guard node.inputs.count >= 2, network.constants[node.inputs[0]] == nil,
      !node.outputs.allSatisfy({ $0.isEmpty || shapes[$0]?.dimensions.contains(0) == true }),
      let weights = floats(node.inputs[1])
    else { return false }
    let bias = node.inputs.count > 2 ? node.inputs[2] : ""
    switch operators[index] {
    case is Conv, is ConvTranspose: return bias.isEmpty || floats(bias) != nil
    case let gemm as Gemm:
      guard !gemm.transposesA else { return false }
      guard !bias.isEmpty else { return true }
      guard let bias = floats(bias) else { return false }
      return bias.count == 1 || bias.count == weights.shape[gemm.transposesB ? 0 : 1] && bias.shape.dimensions.last != 1
    case is MatMul: return weights.shape.rank == 2
    default: return false
    }
  }

  /// Starts a fused step at a layer and lets it take in what follows.
  private mutating func fuse(from index: Int) {
    let node = network.nodes[index]
    guard !found.isFused[index], isPackable(index) else { return }
    var last = index
    var fusion = Fusion(
      first: index, output: node.outputs[0], isChannelsLast: channelsLast.contains(node.outputs[0]))
    found.isFused[index] = true
    found.layers.insert(index)
    while let next = soleConsumers[fusion.output], absorb(next, into: &fusion) {
      found.isFused[next] = true
      fusion.absorbed.append(next)
      fusion.output = network.nodes[next].outputs[0]
      last = next
    }
    found.byPlace[last] = fusion
  }

  /// Takes the node that comes next into the step, if it can be a part of it.
  private func absorb(_ index: Int, into fusion: inout Fusion) -> Bool {
    guard fusion.activation == .none, let shape = shapes[fusion.output] else { return false }
    let node = network.nodes[index]
    if fusion.isChannelsLast, isTranspose(index, from: fusion.output, toChannelsLast: false) {
      fusion.isChannelsLast = false
      return true
    }
    if let function = operators[index] as? any UnaryOperator, let activation = function.activation {
      guard node.inputs[0] == fusion.output else { return false }
      fusion.activation = activation
      return true
    }
    // Nothing but an activation follows a residual, and a transposed convolution takes in nothing else.
    guard fusion.residual == nil, node.inputs.count == 2, !(operators[fusion.first] is ConvTranspose) else {
      return false
    }
    let other = node.inputs[0] == fusion.output ? node.inputs[1] : node.inputs[0]
    let last = fusion.isChannelsLast || !(operators[fusion.first] is Conv) && !isMap(fusion)
    if let numbers = numbers(other, channels: shape, last: last) {
      switch operators[index] {
      case is Add: fusion.shift = fusion.shift.map { zip($0, numbers).map { $0 + $1 } } ?? numbers
      case is Mul where takesFactors:
        fusion.scale = fusion.scale.map { zip($0, numbers).map { $0 * $1 } } ?? numbers
        fusion.shift = fusion.shift.map { zip($0, numbers).map { $0 * $1 } }
      default: return false
      }
      return true
    }
    guard operators[index] is Add, other != fusion.output, network.constants[other] == nil, shapes[other] == shape,
      fusion.isChannelsLast == channelsLast.contains(other), !isGivenLater(other, than: fusion.first)
    else { return false }
    fusion.residual = other
    return true
  }

  /// Whether a layer that began with channels last has been turned back into a map.
  private func isMap(_ fusion: Fusion) -> Bool {
    channelsLast.contains(network.nodes[fusion.first].outputs[0]) && !fusion.isChannelsLast
  }

  /// Of two layers that meet in one Add, the later takes it in: the other's result is there by then.
  private func isGivenLater(_ name: String, than first: Int) -> Bool {
    guard let maker = makers[name], maker > first, soleConsumers[name] != nil else { return false }
    return isPackable(maker)
  }
}
