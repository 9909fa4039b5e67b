import Tensors

/// What operators share that combine two operands element by element with ONNX's broadcasting.
protocol BinaryOperator: KernelOperator {
  var identity: NodeIdentity { get }
  init(identity: NodeIdentity)
  static func combine(_ a: Float, _ b: Float) -> Float
  /// The same as one of the four that `Tensor` has a loop for, where it is one.
  static var arithmetic: Tensor.Arithmetic? { get }
  /// For integers, whose results wrap around; nil where there is none (a division by 0).
  static func combine(_ a: Int, _ b: Int) -> Int?
  /// A quick way for two maps, or nil for the general one.
  static func combine(_ a: FeatureMap, _ b: FeatureMap) -> FeatureMap?
  /// `x * scale + shift` for `value op operand` (operand first: `operand op value`), where the operator is of that form.
  static func affine(_ operand: Float, operandFirst: Bool) -> (scale: Float, shift: Float)?
}

extension BinaryOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    self.init(identity: reader.identity)
  }

  static var arithmetic: Tensor.Arithmetic? { nil }
  static func combine(_ a: FeatureMap, _ b: FeatureMap) -> FeatureMap? { nil }
  static func affine(_ operand: Float, operandFirst: Bool) -> (scale: Float, shift: Float)? { nil }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let a = try identity.shape(inputs, 0)
    let b = try identity.shape(inputs, 1)
    guard let output = Tensor.broadcast(a, b) else {
      throw identity.invalid("its operands \(a) and \(b) do not fit together")
    }
    return [try identity.checked(output)]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }
  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    .aligned(axis: axis, inputs: inputs, output: output)
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] { try combined(inputs) }

  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let (a, b, output) = (node.inputs[0], node.inputs[1], node.outputs[0])
    if emission.constants[b] != nil { return emitAffine(a, with: b, operandFirst: false, output, into: &emission) }
    if emission.constants[a] != nil { return emitAffine(b, with: a, operandFirst: true, output, into: &emission) }
    guard let arithmetic = Self.arithmetic, let shape = emission.shapes[a] else { return false }
    if emission.shapes[b] == shape {
      let forms = [emission.form(of: a), emission.form(of: b)]
      let form: ValueForm = forms.contains(.channelsLast) ? .channelsLast : forms.contains(.map) ? .map : .plain
      guard let layout = emission.layout(of: a, as: form), let first = emission.operand(a, as: form),
        let second = emission.operand(b, as: form)
      else { return false }
      emission.append(.combine(arithmetic, .none, layout), [first, second], output: output, as: form)
      return true
    }
    guard arithmetic == .multiply, emission.shapes[output] == shape, shape.rank == 4,
      emission.shapes[b] == [1, shape[1], 1, 1], emission.form(of: a) != .channelsLast,
      let layout = emission.layout(of: a, as: .map), let map = emission.operand(a, as: .map),
      let factors = emission.operand(b, as: .map)
    else { return false }
    emission.append(.scaleByMap(layout), [map, factors], output: output, as: .map)
    return true
  }

  /// Appends the operation with a constant of one number a channel, or one for all, as factors and terms.
  private func emitAffine(
    _ name: String, with constant: String, operandFirst: Bool, _ output: String, into emission: inout Emission
  ) -> Bool {
    let form = emission.form(of: name)
    guard form != .plain, emission.constants[name] == nil, let shape = emission.shapes[name],
      emission.shapes[output] == shape,
      let numbers = emission.floats(constant)?.numbers(alongAxis: form == .map ? 1 : shape.rank - 1, of: shape)
    else { return false }
    var scale: [Float] = []
    var shift: [Float] = []
    for number in numbers {
      guard let affine = Self.affine(number, operandFirst: operandFirst) else { return false }
      scale.append(affine.scale)
      shift.append(affine.shift)
    }
    guard let layout = emission.layout(of: name, as: form), let operand = emission.operand(name, as: form) else {
      return false
    }
    emission.append(.scale(scale, shift: shift, .none, layout), [operand], output: output, as: form)
    return true
  }

  func combined(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let a = try identity.value(inputs, 0)
    let b = try identity.value(inputs, 1)
    if case .integers(let first) = a, case .integers(let second) = b {
      return [.integers(try combined(first, second))]
    }
    if case .map(let first) = a, case .map(let second) = b, a.shape == b.shape,
      let result = Self.combine(first, second)
    {
      return [.map(result)]
    }
    if let result = perChannel(a, b, operandFirst: false) ?? perChannel(b, a, operandFirst: true) { return [result] }
    if let arithmetic = Self.arithmetic { return [.tensor(Tensor.combining(a.asTensor, b.asTensor, arithmetic))] }
    return [.tensor(Tensor.combining(a.asTensor, b.asTensor) { x, y in Self.combine(x, y) })]
  }

  /// A map with a number, or with one number a channel: stays in the kernels' layout.
  private func perChannel(_ value: RuntimeValue, _ operand: RuntimeValue, operandFirst: Bool) -> RuntimeValue? {
    guard case .map(let map) = value, case .tensor(let tensor) = operand,
      let numbers = tensor.numbers(alongAxis: 1, of: map.shape)
    else { return nil }
    var scale: [Float] = []
    var shift: [Float] = []
    for number in numbers {
      guard let form = Self.affine(number, operandFirst: operandFirst) else { return nil }
      scale.append(form.scale)
      shift.append(form.shift)
    }
    return .map(map.scaled(by: scale, shift: shift))
  }

  private func combined(_ a: IntegerTensor, _ b: IntegerTensor) throws(NetworkError) -> IntegerTensor {
    guard let shape = Tensor.broadcast(a.shape, b.shape) else {
      throw identity.invalid("its operands \(a.shape) and \(b.shape) do not fit together")
    }
    let first = a.broadcast(to: shape)
    let second = b.broadcast(to: shape)
    var elements: [Int] = []
    elements.reserveCapacity(first.count)
    for (x, y) in zip(first, second) {
      guard let z = Self.combine(x, y) else { throw identity.invalid("\(x) and \(y) have no integer result") }
      elements.append(z)
    }
    return IntegerTensor(shape: shape, elements: elements)
  }
}
