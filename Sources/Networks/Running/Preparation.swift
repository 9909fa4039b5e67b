import Tensors

/// Turns a network's nodes into steps: decides what is fused with what, packs weights, and gives every value a place.
struct Preparation {
  private(set) var network: Network
  private(set) var steps: [Step] = []
  /// For each kernel and each step that is none, in order, the names of the nodes that it computes.
  private(set) var stepNodes: [[String]] = []
  private(set) var initialValues: [RuntimeValue?] = []
  private(set) var program = KernelProgram(steps: [], externals: [], floatCount: 0)
  /// For each slot the program's externals that are filled from it.
  private(set) var externals: [Int: [Int]] = [:]
  private(set) var inputSlots: [Int] = []
  private(set) var outputSources: [Step.Source] = []
  private(set) var weightBytes = 0
  private(set) var peakActivationBytes = 0
  private let operators: [any Operator]
  private let shapes: [String: Shape]
  private let types: [String: ElementType]
  private let uses: [String: Int]
  private let fusions: Fusions
  private let weightType: WeightType
  /// Constants that are stored in that type; empty for 32-bit floats.
  private let matrices: Set<String>
  private let store: WeightStore?
  private var emission: Emission

  init(_ network: Network, weights type: WeightType, in store: WeightStore?) throws(NetworkError) {
    self.network = network
    weightType = type
    self.store = store
    matrices = type == .float32 ? [] : network.weightMatrices
    operators = try network.makeOperators()
    shapes = try network.inferredShapes(with: operators)
    types = try network.inferredTypes(with: operators)
    uses = network.useCounts()
    let fusions = Fusions(of: network, operators: operators, shapes: shapes, types: types, weightType: type)
    self.fusions = fusions
    // Weights that are packed are found in the network alone, so that they can be let go of.
    var others = network.constants
    for index in fusions.layers { others[network.nodes[index].inputs[1]] = nil }
    for index in network.nodes.indices where !fusions.isFused[index] {
      for input in network.nodes[index].inputs { others[input] = network.constants[input] }
    }
    emission = Emission(shapes: shapes, constants: others, channelsLast: fusions.channelsLast)
  }

  var outputs: [ValueDescription] {
    network.outputs.map {
      ValueDescription(name: $0.name, shape: shapes[$0.name] ?? $0.shape, elementType: types[$0.name] ?? .float)
    }
  }

  mutating func prepare() throws(NetworkError) {
    for (node, operation) in zip(network.nodes, operators) where !operation.takesEmptyInputs && !isEmpty(node) {
      guard let input = node.inputs.first, let shape = shapes[input], shape.dimensions.contains(0) else { continue }
      throw NodeIdentity(node).invalid("its input '\(input)' is empty (\(shape))")
    }
    for input in network.inputs { inputSlots.append(emission.slot(input.name)) }
    for index in network.nodes.indices {
      emission.current = [network.nodes[index].name]
      if let fusion = fusions.byPlace[index] {
        try emit(fusion)
      } else if !fusions.isFused[index] {
        emitPlain(index)
      }
    }
    var results: [Emission.Source] = []
    for output in network.outputs { results.append(emission.result(output.name)) }
    network.constants = [:]
    finish(results)
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

  // MARK: Nodes

  private mutating func emitPlain(_ index: Int) {
    let node = network.nodes[index]
    if isEmpty(node) {
      let values = node.outputs.map { $0.isEmpty ? .tensor(Tensor(shape: [0])) : emptyValue($0) }
      emission.append(.empty(values), node, shape: [], inputs: [])
      return
    }
    let names = (node.inputs + node.outputs).filter { !$0.isEmpty }
    if let kernel = operators[index] as? any KernelOperator,
      names.allSatisfy({ types[$0] == .float && shapes[$0]?.dimensions.contains(0) == false }),
      kernel.emit(node, into: &emission)
    {
      return
    }
    emission.append(.node(operators[index]), node, shape: shapes[node.outputs[0]] ?? [], inputs: node.inputs)
  }

  // MARK: Layers

  private func floats(_ name: String) -> Tensor? {
    guard case .float(let tensor) = network.constants[name] else { return nil }
    return tensor
  }

  private mutating func emit(_ fusion: Fusion) throws(NetworkError) {
    let node = network.nodes[fusion.first]
    let identity = NodeIdentity(node)
    emission.current = ([fusion.first] + fusion.absorbed).map { network.nodes[$0].name }
    guard let given = floats(node.inputs[1]), let input = shapes[node.inputs[0]], let output = shapes[fusion.output]
    else { throw identity.invalid("its weights are not constant") }
    let bias = node.inputs.count > 2 ? floats(node.inputs[2]) : nil
    // A factor that becomes part of the weights does so after these were rounded, as in a shard they are.
    let isRounded = matrices.contains(node.inputs[1]) && ((operators[fusion.first] as? Gemm)?.alpha ?? 1) != 1
    let weights = isRounded ? given.later(given.shape) { [weightType] in $0.rounded(to: weightType) } : given
    // What is packed need not be held a second time.
    for name in node.inputs.dropFirst() where uses[name] == 1 { network.constants[name] = nil }
    switch operators[fusion.first] {
    case let conv as Conv:
      let (factored, terms) = factored(weights, bias: bias?.elements, by: fusion)
      try emit(
        try conv.packed(
          weights: factored, bias: terms, input: input, activation: fusion.activation, storedAs: weightType, in: store),
        fusion, output)
    case let conv as ConvTranspose:
      let packed = try conv.packed(
        weights: weights, bias: bias?.elements, input: input, activation: fusion.activation, storedAs: weightType,
        in: store)
      weightBytes += packed.byteCount
      append(.transposedConvolution(packed), fusion, output)
    case let gemm as Gemm:
      let rows = gemm.rows(of: weights, bias: bias)
      let (factored, terms) = factored(rows.weights, bias: rows.bias, by: fusion)
      let packed = PackedLinear(
        weights: factored, bias: terms, activation: fusion.activation, rows: output[0], storedAs: weightType, in: store)
      try emit(packed, fusion, output)
    default:
      let rows = weights.later([weights.shape[1], weights.shape[0]]) { $0.transposed([1, 0]) }
      let (factored, terms) = factored(rows, bias: nil, by: fusion)
      if fusions.channelsLast.contains(node.outputs[0]) {
        let packed = PackedConvolution(
          weights: factored.reshaped(to: [factored.shape[0], factored.shape[1], 1, 1]), bias: terms,
          window: Window(kernelHeight: 1, kernelWidth: 1), activation: fusion.activation, storedAs: weightType,
          in: store)
        try emit(packed, fusion, output)
      } else {
        let packed = PackedLinear(
          weights: factored, bias: terms, activation: fusion.activation,
          rows: output.elementCount / Swift.max(factored.shape[0], 1), storedAs: weightType, in: store)
        try emit(packed, fusion, output)
      }
    }
  }

  /// Weights and bias with the fusion's factors and terms, one a row.
  private func factored(_ weights: Tensor, bias: [Float]?, by fusion: Fusion) -> (weights: Tensor, bias: [Float]?) {
    guard let scale = fusion.scale else {
      guard let shift = fusion.shift else { return (weights, bias) }
      return (weights, bias.map { zip($0, shift).map { $0 + $1 } } ?? shift)
    }
    let perRow = weights.count / Swift.max(scale.count, 1)
    let scaled = weights.later(weights.shape) { weights in
      Tensor.combining(
        weights.reshaped(to: [scale.count, perRow]), Tensor(shape: [scale.count, 1], elements: scale), .multiply
      ).reshaped(to: weights.shape)
    }
    var terms = bias.map { zip($0, scale).map { $0 * $1 } }
    if let shift = fusion.shift { terms = terms.map { zip($0, shift).map { $0 + $1 } } ?? shift }
    return (scaled, terms)
  }

  private mutating func emit(_ packed: PackedConvolution, _ fusion: Fusion, _ output: Shape) throws(NetworkError) {
    weightBytes += packed.byteCount
    let node = network.nodes[fusion.first]
    let isMatMul = operators[fusion.first] is MatMul
    let form: ValueForm = isMatMul ? .channelsLast : .map
    let outputForm: ValueForm = fusion.isChannelsLast ? .channelsLast : .map
    // A picture of a few channels would fill blocks with zeros: it is taken as it comes.
    let takesPlanes =
      !isMatMul && packed.groups == 1 && packed.channels < FeatureMap.block && !emission.isMade(node.inputs[0])
    if packed.takesMapsAsTheyAre, emission.layout(of: fusion.output, as: outputForm) != nil,
      case .map(let channels, let height, let width) = emission.layout(of: node.inputs[0], as: form),
      let input = emission.operand(node.inputs[0], as: takesPlanes ? .plain : form)
    {
      var operands = [input]
      if let residual = fusion.residual.flatMap({ emission.operand($0, as: outputForm) }) { operands.append(residual) }
      if (operands.count == 2) == (fusion.residual != nil) {
        emission.append(
          .convolve(packed, channels: channels, height: height, width: width, planes: takesPlanes), operands,
          output: fusion.output, as: outputForm)
        return
      }
    }
    guard !isMatMul else { throw NodeIdentity(node).invalid("its input is not laid out as its consumers were told") }
    append(.convolution(packed, hasResidual: fusion.residual != nil), fusion, output)
  }

  private mutating func emit(_ packed: PackedLinear, _ fusion: Fusion, _ output: Shape) throws(NetworkError) {
    weightBytes += packed.byteCount
    let node = network.nodes[fusion.first]
    let rows = output.elementCount / Swift.max(packed.outputs, 1)
    var operands: [Emission.Operand] = []
    for name in [node.inputs[0]] + (fusion.residual.map { [$0] } ?? []) {
      guard let operand = emission.operand(name, as: .plain) else {
        throw NodeIdentity(node).invalid("its operands are not laid out as its consumers were told")
      }
      operands.append(operand)
    }
    emission.append(.linear(packed, rows: rows), operands, output: fusion.output, as: .plain)
  }

  /// Appends a fused layer that is computed on values.
  private mutating func append(_ work: Step.Work, _ fusion: Fusion, _ output: Shape) {
    var node = network.nodes[fusion.first]
    let inputs = [node.inputs[0]] + (fusion.residual.map { [$0] } ?? [])
    node.outputs = [fusion.output]
    emission.append(work, node, shape: output, inputs: inputs)
  }

  // MARK: Places

  /// Places all values and makes the steps.
  private mutating func finish(_ results: [Emission.Source]) {
    let arena = ArenaPlan(emission.buffers, overwrites: emission.overwrites)
    func place(_ operand: Emission.Operand) -> KernelProgram.Place {
      switch operand {
      case .buffer(let buffer): .arena(arena.offsets[buffer])
      case .external(let external): .external(external)
      }
    }
    func source(_ source: Emission.Source) -> Step.Source {
      switch source {
      case .slot(let slot): .slot(slot)
      case .view(let view): .arena(offset: arena.offsets[view.buffer], view.form, view.shape)
      }
    }
    var kernels: [KernelProgram.Step] = []
    for item in emission.items {
      switch item {
      case .kernel(let kernel):
        let start = kernels.count
        kernels.append(
          KernelProgram.Step(
            kernel.call, inputs: kernel.inputs.map(place), output: .arena(arena.offsets[kernel.output])))
        stepNodes.append(kernel.nodes)
        if case .kernels(let range)? = steps.last?.work {
          steps[steps.count - 1] = Step(
            work: .kernels(range.lowerBound..<kernels.count), inputs: [], outputs: [], outputShape: [])
        } else {
          steps.append(Step(work: .kernels(start..<kernels.count), inputs: [], outputs: [], outputShape: []))
        }
      case .node(let node):
        stepNodes.append(node.nodes)
        steps.append(
          Step(
            work: node.work, inputs: node.inputs.map { $0.map(source) }, outputs: node.outputs,
            outputShape: node.shape))
      }
    }
    program = KernelProgram(
      steps: kernels,
      externals: emission.externals.map {
        KernelProgram.External(layout: $0.layout, importedAt: arena.offsets[$0.buffer])
      }, floatCount: arena.floatCount)
    for (index, external) in emission.externals.enumerated() { externals[external.slot, default: []].append(index) }
    outputSources = results.map(source)
    initialValues = [RuntimeValue?](repeating: nil, count: emission.slotCount)
    for (slot, constant) in emission.slotValues {
      // Where it comes from may be gone by the first run.
      if case .float(let tensor) = constant { tensor.make() }
      initialValues[slot] = RuntimeValue(constant)
      weightBytes += constant.shape.elementCount * 4
    }
    weightBytes += program.parameterBytes
    release()
    measure()
  }

  /// The slots that a step reads: a node's inputs, or what its kernels take from outside.
  private func slots(of step: Step) -> [Int] {
    guard case .kernels(let range) = step.work else {
      return step.inputs.compactMap { if case .slot(let slot)? = $0 { slot } else { nil } }
    }
    return range.flatMap { index in
      program.steps[index].inputs.compactMap { place in
        if case .external(let external) = place { emission.externals[external].slot } else { nil }
      }
    }
  }

  /// Notes for each step which values end with it. Constants and outputs stay.
  private mutating func release() {
    var kept = Set(outputSources.compactMap { if case .slot(let slot) = $0 { slot } else { nil } })
    kept.formUnion(emission.slotValues.keys)
    for index in steps.indices.reversed() {
      // Kept from here on backwards: earlier users must not release it.
      for slot in slots(of: steps[index]) where kept.insert(slot).inserted { steps[index].releases.append(slot) }
      // A value that nobody uses is not kept either; its slot is written and left to the run's end.
    }
  }

  /// Follows which values are held at once besides the arena.
  private mutating func measure() {
    var held = Set(inputSlots)
    var bytes = held.reduce(0) { $0 + (emission.slotBytes[$1] ?? 0) }
    var peak = bytes
    for step in steps {
      for slot in step.outputs.compactMap({ $0 }) where held.insert(slot).inserted {
        bytes += emission.slotBytes[slot] ?? 0
      }
      peak = Swift.max(peak, bytes)
      for slot in step.releases where held.remove(slot) != nil { bytes -= emission.slotBytes[slot] ?? 0 }
    }
    peakActivationBytes = program.floatCount * MemoryLayout<Float>.stride + peak
  }
}
