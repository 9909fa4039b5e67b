public import Tensors

/// A network ready to run, whole or as a slice: shapes inferred, weights packed once, neighbouring nodes fused.
///
/// A value; runs do not change it, so it may run on several threads at once.
public struct PreparedNetwork: Sendable {
  public let inputs: [ValueDescription]
  public let outputs: [ValueDescription]
  /// Bytes that packed weights and other constants take.
  public let weightBytes: Int
  /// Bytes that a run's values take at once at most: inputs, outputs and what lies between.
  public let peakActivationBytes: Int
  let steps: [Step]
  /// Constants that steps use as they are, by slot; a run's values start as these.
  private let initialValues: [RuntimeValue?]
  private let inputSlots: [Int]
  private let outputSlots: [Int]

  /// Checks, fuses and packs. Weights that are packed leave the network as they are: give it away (`consume`) and they
  /// are not held twice. Throws what is wrong with the graph or a node.
  public init(_ network: consuming Network) throws(NetworkError) {
    var plan = try PreparationPlan(try network.validated())
    network.constants = [:]
    network.nodes = []
    try plan.prepare()
    inputs = plan.network.inputs
    outputs = plan.outputs
    steps = plan.steps
    initialValues = plan.initialValues
    inputSlots = plan.inputSlots
    outputSlots = plan.outputSlots
    weightBytes = plan.weightBytes
    peakActivationBytes = plan.peakActivationBytes
  }

  /// Runs on one sample. `given` has a value for every input; the result has one for every output.
  ///
  /// Feature maps are taken and given as they are, without conversion. Floats given for integers are rounded to the
  /// nearest, for truth values all but 0 is true: so integers may come as floats (over a wire, from a picture), exact
  /// from -2^24 to 2^24. Throws `wrongInput` for a missing input or one of
  /// another shape or one that
  /// is no number where an integer must be; inputs that the network does not have are not looked at.
  public func run(_ given: [String: RuntimeValue]) throws(NetworkError) -> [String: RuntimeValue] {
    try run(given, afterStep: nil)
  }

  /// The same; `afterStep` is told after each step, and with -1 before the first.
  func run(
    _ given: [String: RuntimeValue], afterStep: ((Int) -> Void)?
  ) throws(NetworkError) -> [String: RuntimeValue] {
    var values = initialValues
    for (description, slot) in zip(inputs, inputSlots) {
      guard let value = given[description.name] else {
        throw .wrongInput(name: description.name, reason: "is missing; the network takes \(description.shape)")
      }
      guard value.fits(description.shape) else {
        throw .wrongInput(name: description.name, reason: "is \(value.shape); the network takes \(description.shape)")
      }
      values[slot] = try value.converted(to: description)
    }
    afterStep?(-1)
    for (index, step) in steps.enumerated() {
      try step.run(&values)
      afterStep?(index)
    }
    var results: [String: RuntimeValue] = [:]
    for (description, slot) in zip(outputs, outputSlots) {
      guard let value = values[slot] else { throw .invalidGraph("nothing made the output '\(description.name)'") }
      results[description.name] = value
    }
    return results
  }

  /// The same with plain tensors; integers and truth values go in and out as floats, exact from -2^24 to 2^24.
  public func run(_ tensors: [String: Tensor]) throws(NetworkError) -> [String: Tensor] {
    try run(tensors.mapValues { RuntimeValue.tensor($0) }).mapValues(\.asTensor)
  }
}

extension RuntimeValue {
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
