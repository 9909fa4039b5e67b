import Tensors

/// What operators share that map each element by itself: the shape stays, every axis is an axis of rows.
protocol UnaryOperator: KernelOperator {
  var identity: NodeIdentity { get }
  /// The function, for one element.
  func apply(_ x: Float) -> Float
  /// The same as a kernel has it, where one does: so it can be fused into the operator before it.
  var activation: Activation? { get }
  /// The function, for all elements. Written once for all operators, compiled for each: no call an element.
  func apply(_ source: Span<Float>, to target: inout MutableSpan<Float>)
}

/// One without attributes: its file says no more than its function.
protocol PlainUnaryOperator: UnaryOperator {
  init(identity: NodeIdentity)
}

extension PlainUnaryOperator {
  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    self.init(identity: reader.identity)
  }
}

/// One that maps integers to integers, too.
protocol NumericUnaryOperator: PlainUnaryOperator {
  /// The function, for one integer; nil where the result does not fit.
  func apply(_ x: Int) -> Int?
}

extension NumericUnaryOperator {
  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    switch try identity.value(inputs, 0) {
    case .map(let map): return [.map(applied(to: map))]
    case .tensor(let tensor): return [.tensor(applied(to: tensor))]
    case .integers(let tensor): return [.integers(try applied(to: tensor))]
    }
  }

  func applied(to tensor: IntegerTensor) throws(NetworkError) -> IntegerTensor {
    var elements: [Int] = []
    elements.reserveCapacity(tensor.elements.count)
    for x in tensor.elements {
      guard let y = apply(x) else { throw identity.invalid("\(x) has no such integer result") }
      elements.append(y)
    }
    return IntegerTensor(shape: tensor.shape, elements: elements)
  }
}

extension UnaryOperator {
  var activation: Activation? { nil }

  func apply(_ source: Span<Float>, to target: inout MutableSpan<Float>) {
    for index in source.indices { target[index] = apply(source[index]) }
  }

  /// The function of all elements: the kernel's where there is one.
  func applied(to map: FeatureMap) -> FeatureMap {
    if let activation { return map.applying(activation) }
    return map.mapped { apply($0, to: &$1) }
  }

  /// The function of all elements: the kernel's where there is one.
  func applied(to tensor: Tensor) -> Tensor {
    if let activation { return tensor.applying(activation) }
    return tensor.mapped { apply($0, to: &$1) }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.shape(inputs, 0)] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { .first(axis: axis, of: inputs) }

  func emit(_ node: Node, into emission: inout Emission) -> Bool {
    let form = emission.form(of: node.inputs[0])
    guard let activation, let layout = emission.layout(of: node.inputs[0], as: form),
      let operand = emission.operand(node.inputs[0], as: form)
    else { return false }
    emission.append(.apply(activation, layout), [operand], output: node.outputs[0], as: form)
    return true
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    switch try identity.value(inputs, 0) {
    case .map(let map): return [.map(applied(to: map))]
    case .tensor(let tensor): return [.tensor(applied(to: tensor))]
    case .integers: throw identity.invalid("takes numbers with a fraction; its input holds integers")
    }
  }
}

extension NodeIdentity {
  /// The value of a required input.
  func value(_ inputs: [RuntimeValue?], _ position: Int) throws(NetworkError) -> RuntimeValue {
    guard position < inputs.count, let value = inputs[position] else {
      throw invalid("input \(position) is not given")
    }
    return value
  }

  /// The value of a required input as a tensor.
  func tensor(_ inputs: [RuntimeValue?], _ position: Int) throws(NetworkError) -> Tensor {
    try value(inputs, position).asTensor
  }

  /// The samples of a required input as feature maps.
  func samples(_ inputs: [RuntimeValue?], _ position: Int) throws(NetworkError) -> [FeatureMap] {
    let value = try value(inputs, position)
    guard let samples = value.samples else {
      throw invalid("its input is \(value.shape); it takes NxCxL or NxCxHxW")
    }
    return samples
  }
}
