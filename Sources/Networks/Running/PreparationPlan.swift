import Tensors

/// Turns a network's nodes into steps: decides what is fused with what, packs weights, numbers the values.
///
/// Fused are a convolution with the addition of a residual and the Relu or Clip after it, a transposed one with its
/// activation, and a Gemm or a MatMul with constant weights with its bias and activation; each where the value between
/// has no other use. A fused step stands
/// where its last node stood, so that the residual is there.
struct PreparationPlan {
  private(set) var network: Network
  private(set) var steps: [Step] = []
  private(set) var initialValues: [RuntimeValue?] = []
  private(set) var weightBytes = 0
  private(set) var peakActivationBytes = 0
  /// Bytes of the value in each slot; 0 for constants.
  private var slotBytes: [Int] = []
  private let operators: [any Operator]
  private let shapes: [String: Shape]
  private let types: [String: ElementType]
  private let uses: [String: Int]
  /// The node that uses a value, where it is used once and by a node.
  private let soleConsumers: [String: Int]
  private let makers: [String: Int]
  private var slots: [String: Int] = [:]
  /// Nodes that are part of a fused step.
  private var isFused: [Bool]
  /// Fused steps by the node in whose place they stand.
  private var fusions: [Int: Fusion] = [:]

  /// Nodes that become one step.
  private struct Fusion {
    var first: Int
    var absorbed: [Int] = []
    var residual: String?
    var bias: String?
    var activation = Activation.none
    var output: String
  }

  init(_ network: Network) throws(NetworkError) {
    self.network = network
    operators = try network.makeOperators()
    shapes = try network.inferredShapes(with: operators)
    types = try network.inferredTypes(with: operators)
    uses = network.useCounts()
    isFused = [Bool](repeating: false, count: network.nodes.count)
    var consumers: [String: Int] = [:]
    var makers: [String: Int] = [:]
    let outputs = Set(network.outputs.map(\.name))
    for (index, node) in network.nodes.enumerated() {
      for input in node.inputs where uses[input] == 1 && !outputs.contains(input) { consumers[input] = index }
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
    soleConsumers = consumers
    self.makers = makers
  }

  var outputs: [ValueDescription] {
    network.outputs.map {
      ValueDescription(name: $0.name, shape: shapes[$0.name] ?? $0.shape, elementType: types[$0.name] ?? .float)
    }
  }
  var inputSlots: [Int] { network.inputs.map { slots[$0.name] ?? 0 } }
  var outputSlots: [Int] { network.outputs.map { slots[$0.name] ?? 0 } }

  mutating func prepare() throws(NetworkError) {
    for (node, operation) in zip(network.nodes, operators) where !operation.takesEmptyInputs && !isEmpty(node) {
      guard let input = node.inputs.first, let shape = shapes[input], shape.dimensions.contains(0) else { continue }
      throw NodeIdentity(node).invalid("its input '\(input)' is empty (\(shape))")
    }
    for input in network.inputs { _ = slot(input.name) }
    for index in network.nodes.indices { fuse(from: index) }
    for index in network.nodes.indices {
      if let fusion = fusions[index] {
        try appendPacked(fusion)
      } else if !isFused[index] {
        appendPlain(index)
      }
    }
    for output in network.outputs { _ = slot(output.name) }
    release()
    measure()
    network.constants = [:]
  }

  /// Whether nothing that a node makes has elements.
  private func isEmpty(_ node: Node) -> Bool {
    node.outputs.allSatisfy { $0.isEmpty || shapes[$0]?.dimensions.contains(0) == true }
  }

  private func emptyValue(_ name: String) -> RuntimeValue {
    let shape = shapes[name] ?? [0]
    guard types[name] != .float else { return .tensor(Tensor(shape: shape)) }
    return .integers(IntegerTensor(shape: shape, elements: [], isBoolean: types[name] == .boolean))
  }

  // MARK: Fusing

  private func isConstant(_ name: String) -> Bool { network.constants[name] != nil }

  private func floats(_ name: String) -> Tensor? {
    guard case .float(let tensor) = network.constants[name] else { return nil }
    return tensor
  }

  /// Starts a fused step at a node with constant weights and lets it take in what follows.
  private mutating func fuse(from index: Int) {
    let node = network.nodes[index]
    guard !isFused[index], isPackable(index), var last = makers[node.outputs[0]] else { return }
    var fusion = Fusion(first: index, output: node.outputs[0])
    isFused[index] = true
    if node.operatorType == "Conv", let add = residualAddition(after: index) {
      let operands = network.nodes[add].inputs
      fusion.residual = operands[0] == fusion.output ? operands[1] : operands[0]
      absorb(add, &fusion, &last)
    } else if node.operatorType == "MatMul", let add = biasAddition(after: index) {
      let operands = network.nodes[add].inputs
      fusion.bias = operands[0] == fusion.output ? operands[1] : operands[0]
      absorb(add, &fusion, &last)
    }
    if let next = soleConsumers[fusion.output] {
      if operators[next] is Relu {
        fusion.activation = .relu
        absorb(next, &fusion, &last)
      } else if let clip = operators[next] as? Clip, network.nodes[next].inputs[0] == fusion.output {
        fusion.activation = .clip(minimum: clip.minimum, maximum: clip.maximum)
        absorb(next, &fusion, &last)
      }
    }
    fusions[last] = fusion
  }

  private mutating func absorb(_ index: Int, _ fusion: inout Fusion, _ last: inout Int) {
    isFused[index] = true
    fusion.absorbed.append(index)
    fusion.output = network.nodes[index].outputs[0]
    last = index
  }

  /// Whether the node is a layer whose weights (and bias) are constant and can be packed.
  private func isPackable(_ index: Int) -> Bool {
    let node = network.nodes[index]
    guard node.inputs.count >= 2, !isConstant(node.inputs[0]), !isEmpty(node), let weights = floats(node.inputs[1])
    else {
      return false
    }
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

  /// The Add that brings a residual of the convolution's own shape. Of two convolutions that meet in one Add, the later
  /// takes it in: the other's result is there by then.
  private func residualAddition(after index: Int) -> Int? {
    let output = network.nodes[index].outputs[0]
    guard let add = soleConsumers[output], operators[add] is Add else { return nil }
    let operands = network.nodes[add].inputs
    let other = operands[0] == output ? operands[1] : operands[0]
    guard other != output, !isConstant(other), shapes[other] == shapes[output] else { return nil }
    if let maker = makers[other], maker > index, operators[maker] is Conv, isPackable(maker), uses[other] == 1 {
      return nil
    }
    return add
  }

  private func biasAddition(after index: Int) -> Int? {
    let output = network.nodes[index].outputs[0]
    guard let add = soleConsumers[output], operators[add] is Add, let columns = shapes[output]?.dimensions.last else {
      return nil
    }
    let operands = network.nodes[add].inputs
    let other = operands[0] == output ? operands[1] : operands[0]
    return floats(other)?.shape == [columns] ? add : nil
  }

  // MARK: Steps

  private mutating func slot(_ name: String) -> Int {
    if let slot = slots[name] { return slot }
    let slot = initialValues.count
    slots[name] = slot
    let constant = network.constants[name]
    initialValues.append(constant.map { RuntimeValue($0) })
    if let constant { weightBytes += constant.shape.elementCount * 4 }
    slotBytes.append(constant == nil ? Self.byteCount(shapes[name] ?? []) : 0)
    return slot
  }

  private mutating func appendPlain(_ index: Int) {
    let node = network.nodes[index]
    var inputs: [Int?] = []
    for input in node.inputs { inputs.append(input.isEmpty ? nil : slot(input)) }
    var outputs: [Int?] = []
    for output in node.outputs { outputs.append(output.isEmpty ? nil : slot(output)) }
    let work =
      isEmpty(node)
      ? Step.Work.empty(node.outputs.map { $0.isEmpty ? .tensor(Tensor(shape: [0])) : emptyValue($0) })
      : .node(operators[index])
    steps.append(
      Step(
        work: work, nodes: [node.name], inputs: inputs, outputs: outputs, outputShape: shapes[node.outputs[0]] ?? []))
  }

  private mutating func appendPacked(_ fusion: Fusion) throws(NetworkError) {
    let node = network.nodes[fusion.first]
    let identity = NodeIdentity(node)
    guard let weights = floats(node.inputs[1]), let input = shapes[node.inputs[0]], let output = shapes[fusion.output]
    else { throw identity.invalid("its weights are not constant") }
    let bias = node.inputs.count > 2 ? floats(node.inputs[2]) : nil
    let work: Step.Work
    switch operators[fusion.first] {
    case let conv as Conv:
      let packed = try conv.packed(
        weights: weights, bias: bias?.elements, input: input, activation: fusion.activation)
      weightBytes += packed.byteCount
      work = .convolution(packed, residual: fusion.residual.map { slot($0) })
    case let conv as ConvTranspose:
      let packed = try conv.packed(
        weights: weights, bias: bias?.elements, input: input, activation: fusion.activation)
      weightBytes += packed.byteCount
      work = .transposedConvolution(packed)
    case let gemm as Gemm:
      let packed = gemm.packed(weights: weights, bias: bias, activation: fusion.activation)
      weightBytes += packed.byteCount
      work = .linear(packed)
    default:
      let packed = PackedLinear(
        weights: weights.transposed([1, 0]), bias: fusion.bias.flatMap { floats($0)?.elements },
        activation: fusion.activation)
      weightBytes += packed.byteCount
      work = .linear(packed)
    }
    // What is packed need not be held a second time.
    for name in node.inputs.dropFirst() where uses[name] == 1 { network.constants[name] = nil }
    let nodes = ([fusion.first] + fusion.absorbed).map { network.nodes[$0].name }
    steps.append(
      Step(
        work: work, nodes: nodes, inputs: [slot(node.inputs[0])], outputs: [slot(fusion.output)], outputShape: output))
  }

  /// Follows which values are held at once.
  private mutating func measure() {
    var held = Set(inputSlots)
    var bytes = held.reduce(0) { $0 + slotBytes[$1] }
    peakActivationBytes = bytes
    for step in steps {
      for slot in step.outputs.compactMap({ $0 }) where held.insert(slot).inserted { bytes += slotBytes[slot] }
      peakActivationBytes = Swift.max(peakActivationBytes, bytes)
      for slot in step.releases where held.remove(slot) != nil { bytes -= slotBytes[slot] }
    }
  }

  /// Bytes of a value as it is held: a map's channels fill whole blocks.
  private static func byteCount(_ shape: Shape) -> Int {
    guard shape.rank == 4, shape[0] == 1 else { return shape.elementCount * 4 }
    let block = FeatureMap.block
    return (shape[1] + block - 1) / block * block * shape[2] * shape[3] * 4
  }

  /// Notes for each step which values end with it. Constants and outputs stay.
  private mutating func release() {
    var kept = Set(network.outputs.compactMap { slots[$0.name] })
    for (slot, value) in initialValues.enumerated() where value != nil { kept.insert(slot) }
    for index in steps.indices.reversed() {
      var used = steps[index].inputs.compactMap { $0 }
      if case .convolution(_, let residual?) = steps[index].work { used.append(residual) }
      // Kept from here on backwards: earlier users must not release it.
      for slot in used where kept.insert(slot).inserted { steps[index].releases.append(slot) }
      // A value that nobody uses is not kept either; its slot is written and left to the run's end.
    }
  }
}
