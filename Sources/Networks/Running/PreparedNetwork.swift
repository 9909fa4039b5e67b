public import Tensors

/// A network ready to run, whole or as a slice: shapes inferred, weights packed once, neighbouring nodes fused, every
/// value between kernels given its place in an arena.
///
/// A value; runs do not change it, so it may run on several threads at once, each with an arena of its own.
public struct PreparedNetwork: Sendable {
  public let inputs: [ValueDescription]
  public let outputs: [ValueDescription]
  /// Bytes that packed weights and other constants take.
  public let weightBytes: Int
  /// Bytes that a run's values take at once at most: inputs, outputs and what lies between.
  public let peakActivationBytes: Int
  let steps: [Step]
  let program: KernelProgram
  /// The names of the nodes that each step computes, in the order of the steps: the node with the weights first, then
  /// those that are fused to it.
  public let stepNodes: [[String]]
  /// Constants that steps use as they are, by slot; a run's values start as these.
  private let initialValues: [RuntimeValue?]
  /// For each slot the program's externals that are filled from it.
  private let externals: [Int: [Int]]
  private let inputSlots: [Int]
  private let outputSources: [Step.Source]

  /// Checks, fuses and packs. Weights that are packed leave the network as they are: give it away (`consume`) and they
  /// are not held twice. Throws what is wrong with the graph or a node.
  ///
  /// - Parameters:
  ///   - type: how the weights of convolutions and linear layers are stored.
  ///   - store: where they lie; in memory if none is given. Of weights that are found there, the network's are not looked
  ///     at.
  public init(
    _ network: consuming Network, weights type: WeightType = .float32, in store: WeightStore? = nil
  ) throws(NetworkError) {
    var preparation = try Preparation(try network.validated(), weights: type, in: store)
    network.constants = [:]
    network.nodes = []
    try preparation.prepare()
    inputs = preparation.network.inputs
    outputs = preparation.outputs
    steps = preparation.steps
    program = preparation.program
    stepNodes = preparation.stepNodes
    initialValues = preparation.initialValues
    externals = preparation.externals
    inputSlots = preparation.inputSlots
    outputSources = preparation.outputSources
    weightBytes = preparation.weightBytes
    peakActivationBytes = preparation.peakActivationBytes
  }

  /// Runs on one sample. `given` has a value for every input; the result has one for every output.
  ///
  /// Feature maps are taken as they are, unless a kernel wants their planes (of a few channels), and given as maps. Floats
  /// given for integers are rounded to the nearest, for truth values all but 0 is true: so integers may come as floats
  /// (over a wire, from a picture), exact from -2^24 to 2^24. Throws `wrongInput` for a missing input or one of another
  /// shape or one that is no number where an integer must be; inputs that the network does not have are not looked at.
  ///
  /// - Parameter arena: where values lie and whose threads compute; a new one with the caller alone if none is given.
  public func run(
    _ given: [String: RuntimeValue], in arena: Arena = Arena()
  ) throws(NetworkError) -> [String: RuntimeValue] {
    try results(of: given, in: arena) { $0.detached() }
  }

  /// The same with plain tensors; integers and truth values go in and out as floats, exact from -2^24 to 2^24.
  public func run(
    _ tensors: [String: Tensor], in arena: Arena = Arena()
  ) throws(NetworkError) -> [String: Tensor] {
    try results(of: tensors.mapValues { RuntimeValue.tensor($0) }, in: arena) { $0.asTensor.detached() }
  }

  /// Runs and hands each output to `take` while it may still lie in the arena.
  ///
  /// - Parameter observing: told after each step of `stepNodes`, and before the first; they are then carried out one by
  ///   one instead of several in one go.
  func results<Result>(
    of given: [String: RuntimeValue], in arena: Arena, observing observe: (() -> Void)? = nil,
    _ take: (RuntimeValue) -> Result
  ) throws(NetworkError) -> [String: Result] {
    var values = initialValues
    var run = ProgramRun(program, in: arena)
    for (slot, value) in initialValues.enumerated() where externals[slot] != nil {
      if let value { provide(value, slot: slot, to: &run) }
    }
    for (description, slot) in zip(inputs, inputSlots) {
      guard let value = given[description.name] else {
        throw .wrongInput(name: description.name, reason: "is missing; the network takes \(description.shape)")
      }
      guard value.fits(description.shape) else {
        throw .wrongInput(name: description.name, reason: "is \(value.shape); the network takes \(description.shape)")
      }
      let converted = try value.converted(to: description)
      values[slot] = converted
      provide(converted, slot: slot, to: &run)
    }
    observe?()
    for step in steps {
      if case .kernels(let range) = step.work {
        if let observe {
          for index in range {
            run.carryOut(index..<index + 1)
            observe()
          }
        } else {
          run.carryOut(range)
        }
      } else {
        var taken: [RuntimeValue?] = []
        for source in step.inputs { taken.append(source.flatMap { value(at: $0, values, run) }) }
        let results = try step.evaluate(taken)
        taken.removeAll()
        for (slot, result) in zip(step.outputs, results) {
          guard let slot else { continue }
          values[slot] = result
          provide(result, slot: slot, to: &run)
        }
        observe?()
      }
      for slot in step.releases { values[slot] = nil }
    }
    var results: [String: Result] = [:]
    for (description, source) in zip(outputs, outputSources) {
      guard let value = value(at: source, values, run) else {
        throw .invalidGraph("nothing made the output '\(description.name)'")
      }
      results[description.name] = take(value)
    }
    return results
  }

  /// Hands a value to the kernels that take it from outside.
  private func provide(_ value: RuntimeValue, slot: Int, to run: inout ProgramRun) {
    for external in externals[slot] ?? [] {
      if case .map(let map) = value {
        run.provide(map, for: external)
      } else {
        run.provide(value.asTensor, for: external)
      }
    }
  }

  private func value(at source: Step.Source, _ values: [RuntimeValue?], _ run: ProgramRun) -> RuntimeValue? {
    switch source {
    case .slot(let slot): return values[slot]
    case .arena(let offset, .plain, let shape): return .tensor(run.tensor(at: offset, shape: shape))
    case .arena(let offset, .map, let shape):
      let map = run.map(
        at: offset, channels: shape[1], height: shape.rank == 4 ? shape[2] : 1, width: shape[shape.rank - 1])
      return shape.rank == 4 ? .map(map) : .tensor(map.tensor().reshaped(to: shape))
    case .arena(let offset, .channelsLast, let shape):
      let last = shape.rank - 1
      let map = run.map(
        at: offset, channels: shape[last], height: shape.rank == 4 ? shape[1] : 1, width: shape[last - 1])
      let planes = map.tensor().reshaped(to: [shape[last], shape.elementCount / Swift.max(shape[last], 1)])
      return .tensor(planes.transposed([1, 0]).reshaped(to: shape))
    }
  }
}

extension RuntimeValue {
  /// The value with storage of its own, where it was a view into an arena.
  func detached() -> RuntimeValue {
    switch self {
    case .map(let map): .map(map.detached())
    case .tensor(let tensor): .tensor(tensor.detached())
    case .integers: self
    }
  }

  /// Whether the value can stand for one of `expected`: of this shape, or a map of height 1 for `[1, C, L]`.
  func fits(_ expected: Shape) -> Bool {
    if shape == expected { return true }
    guard case .map(let map) = self else { return false }
    return expected == [1, map.channels, map.width] && map.height == 1
  }

  /// The value with the shape, which it fits, and the elements that are described.
  fileprivate func converted(to description: ValueDescription) throws(NetworkError) -> RuntimeValue {
    if description.elementType == .float {
      if elementType == .float, shape == description.shape { return self }
      return .tensor(asTensor.reshaped(to: description.shape))
    }
    let isBoolean = description.elementType == .boolean
    var elements: [Int] = []
    if case .integers(let tensor) = self {
      if tensor.isBoolean == isBoolean { return self }
      elements = tensor.elements
    } else {
      for number in asTensor.elements {
        guard let integer = Int(exactly: number.rounded()) else {
          throw .wrongInput(
            name: description.name, reason: "holds \(number); the network takes \(description.elementType)")
        }
        elements.append(isBoolean && number != 0 ? 1 : integer)
      }
    }
    if isBoolean { elements = elements.map { $0 == 0 ? 0 : 1 } }
    return .integers(IntegerTensor(shape: description.shape, elements: elements, isBoolean: isBoolean))
  }
}
