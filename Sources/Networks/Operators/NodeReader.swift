import Tensors

/// Reads and checks a node's attributes and constant inputs for an operator's initialiser, and makes its errors.
struct NodeReader: Sendable {
  let node: Node
  let context: OperatorContext

  init(_ node: Node, _ context: OperatorContext) {
    self.node = node
    self.context = context
  }

  var identity: NodeIdentity { NodeIdentity(node) }
  var opset: Int { context.opset }

  func invalid(_ reason: String) -> NetworkError { identity.invalid(reason) }

  func has(_ name: String) -> Bool { node.attributes[name] != nil }

  /// Whether the input at `position` is given at all.
  func isGiven(_ position: Int) -> Bool { position < node.inputs.count && !node.inputs[position].isEmpty }

  func integer(_ name: String) throws(NetworkError) -> Int? {
    switch node.attributes[name] {
    case nil: return nil
    case .integer(let value): return Self.clamped(value)
    default: throw invalid("attribute '\(name)' must be an integer")
    }
  }

  func integer(_ name: String, default fallback: Int) throws(NetworkError) -> Int { try integer(name) ?? fallback }

  func flag(_ name: String, default fallback: Bool = false) throws(NetworkError) -> Bool {
    try integer(name).map { $0 != 0 } ?? fallback
  }

  func integers(_ name: String) throws(NetworkError) -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values): return values.map(Self.clamped)
    // Writers differ in how they give a list of one.
    case .integer(let value): return [Self.clamped(value)]
    case .floats(let values) where values.isEmpty: return []
    default: throw invalid("attribute '\(name)' must be a list of integers")
    }
  }

  func float(_ name: String, default fallback: Float) throws(NetworkError) -> Float {
    switch node.attributes[name] {
    case nil: return fallback
    case .float(let value): return value
    case .integer(let value): return Float(value)
    default: throw invalid("attribute '\(name)' must be a number")
    }
  }

  func string(_ name: String, default fallback: String) throws(NetworkError) -> String {
    switch node.attributes[name] {
    case nil: return fallback
    case .string(let value): return value
    default: throw invalid("attribute '\(name)' must be a string")
    }
  }

  func strings(_ name: String) throws(NetworkError) -> [String]? {
    switch node.attributes[name] {
    case nil: return nil
    case .strings(let values): return values
    case .integers(let values) where values.isEmpty: return []
    case .floats(let values) where values.isEmpty: return []
    default: throw invalid("attribute '\(name)' must be a list of words")
    }
  }

  /// A list given as an attribute or, in later opsets, as a constant input. Nil where neither is given.
  func integers(_ name: String, orInput position: Int) throws(NetworkError) -> [Int]? {
    if let values = try integers(name) { return values }
    guard isGiven(position) else { return nil }
    guard position < context.constants.count, let constant = context.constants[position] else {
      throw invalid(
        "its \(name) (the value '\(node.inputs[position])') would be known only as the network runs; export with fixed sizes"
      )
    }
    guard case .integer(let tensor) = constant, tensor.shape.rank <= 1 else {
      throw invalid("its \(name) ('\(node.inputs[position])') must be a list of integers")
    }
    return tensor.elements.map(Self.clamped)
  }

  /// Numbers given as an attribute.
  func floats(_ name: String) throws(NetworkError) -> [Float]? {
    switch node.attributes[name] {
    case nil: return nil
    case .floats(let values): return values
    // Writers differ in how they give a list of one, and an empty list has no type.
    case .float(let value): return [value]
    case .integers(let values): return values.map { Float($0) }
    default: throw invalid("attribute '\(name)' must be a list of numbers")
    }
  }

  /// Numbers given as an attribute or as a constant input. Nil where neither is given.
  func floats(_ name: String, orInput position: Int) throws(NetworkError) -> [Float]? {
    if let values = try floats(name) { return values }
    guard isGiven(position) else { return nil }
    guard position < context.constants.count, let constant = context.constants[position] else {
      throw invalid(
        "its \(name) (the value '\(node.inputs[position])') would be known only as the network runs; export it fixed")
    }
    guard case .float(let tensor) = constant, tensor.shape.rank <= 1 else {
      throw invalid("its \(name) ('\(node.inputs[position])') must be a list of numbers")
    }
    return tensor.elements
  }

  /// Names given as an attribute, one of several.
  func choice<Choice: RawRepresentable<String>>(
    _ name: String, default fallback: Choice
  ) throws(NetworkError) -> Choice {
    let word = try string(name, default: fallback.rawValue)
    guard let choice = Choice(rawValue: word) else { throw invalid("\(name) '\(word)' is not supported") }
    return choice
  }

  /// A number given as a constant scalar input. Nil where it is not given.
  func scalar(atInput position: Int, called name: String) throws(NetworkError) -> Float? {
    guard isGiven(position) else { return nil }
    guard position < context.constants.count, let constant = context.constants[position] else {
      throw invalid(
        "its \(name) (the value '\(node.inputs[position])') would be known only as the network runs; export it fixed")
    }
    guard constant.shape.checkedElementCount() == 1 else { throw invalid("its \(name) must be one number") }
    switch constant {
    case .float(let tensor): return tensor[0]
    case .integer(let tensor): return tensor.elements.first.map { Float($0) }
    }
  }

  /// A whole number given as a constant scalar input, as it is; nil where it is not given or has a fraction's type.
  func wholeNumber(atInput position: Int, called name: String) throws(NetworkError) -> Int? {
    guard try scalar(atInput: position, called: name) != nil, case .integer(let tensor) = context.constants[position]
    else { return nil }
    return tensor.elements.first
  }

  /// Whether the output at `position` has a name: one without is not needed.
  func isWanted(output position: Int) -> Bool {
    position < node.outputs.count && !node.outputs[position].isEmpty
  }

  /// Checks how many inputs and outputs the node has; the required ones are the first.
  func require(inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1) throws(NetworkError) {
    guard inputs.contains(node.inputs.count) else {
      throw invalid("has \(node.inputs.count) inputs; it takes \(Self.words(inputs))")
    }
    for position in 0..<inputs.lowerBound where node.inputs[position].isEmpty {
      throw invalid("input \(position) is not given")
    }
    guard outputs.contains(node.outputs.count) else {
      throw invalid("has \(node.outputs.count) outputs; edgemesh computes \(Self.words(outputs))")
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    return range.upperBound == .max
      ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
  }

  /// ONNX writes "to the end" as the largest integer: bring values where sums and differences cannot overflow.
  private static func clamped(_ value: Int) -> Int { Swift.min(Swift.max(value, -(1 << 40)), 1 << 40) }
}

/// What an error says about the node that it concerns.
struct NodeIdentity: Hashable, Sendable {
  let name: String
  let operatorType: String

  init(_ node: Node) {
    name = node.name
    operatorType = node.operatorType
  }

  func invalid(_ reason: String) -> NetworkError {
    .invalidNode(node: name, operatorType: operatorType, reason: reason)
  }

  /// The shape of a required input.
  func shape(_ inputs: [Shape?], _ position: Int) throws(NetworkError) -> Shape {
    guard position < inputs.count, let shape = inputs[position] else {
      throw invalid("input \(position) is not given")
    }
    return shape
  }

  /// The one type that all inputs which are given have.
  func common(_ inputs: [ElementType?]) throws(NetworkError) -> ElementType {
    let types = inputs.compactMap { $0 }
    guard let first = types.first else { return .float }
    if let other = types.first(where: { $0 != first }) {
      throw invalid("its inputs hold \(first) and \(other); put a Cast before it")
    }
    return first
  }

  /// Resolves a possibly negative axis.
  func axis(_ axis: Int, rank: Int) throws(NetworkError) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard resolved >= 0, resolved < rank else {
      throw invalid("axis \(axis) is outside its input's \(rank) dimensions")
    }
    return resolved
  }

  /// Resolves axes that must differ.
  func axes(_ axes: [Int], rank: Int) throws(NetworkError) -> [Int] {
    var resolved: [Int] = []
    for axis in axes {
      let axis = try self.axis(axis, rank: rank)
      guard !resolved.contains(axis) else { throw invalid("axis \(axis) is given twice") }
      resolved.append(axis)
    }
    return resolved
  }

  /// A shape within the limits, from dimensions that came from a file.
  func checked(_ shape: Shape) throws(NetworkError) -> Shape {
    guard shape.rank <= NetworkLimits.maximumRank else {
      throw invalid("its output has \(shape.rank) dimensions; at most \(NetworkLimits.maximumRank) are supported")
    }
    guard shape.isWithinLimits else {
      throw invalid("its output would be \(shape), more than \(NetworkLimits.maximumElements) elements")
    }
    return shape
  }

  /// The shape of `[N, C, ...]` activations with that many spatial extents; not empty.
  func featureMap(_ shape: Shape, spatialRanks: ClosedRange<Int> = 1...3) throws(NetworkError) -> Shape {
    guard spatialRanks.contains(shape.rank - 2) else {
      throw invalid(
        "its input is \(shape); it takes maps of \(spatialRanks.lowerBound) to \(spatialRanks.upperBound) "
          + "spatial dimensions (NxCxL, NxCxHxW)")
    }
    guard !shape.dimensions.contains(0) else { throw invalid("its input \(shape) is empty") }
    return shape
  }
}

extension NodeReader {
  /// An attribute that is one of ONNX's element types; nil where it is not given.
  func elementType(_ name: String) throws(NetworkError) -> ONNXElementType? {
    guard let number = try integer(name) else { return nil }
    guard let type = ONNXElementType(rawValue: number) else {
      throw invalid("its type is \(ONNXElementType.name(of: number)), which edgemesh does not compute with")
    }
    return type
  }
}

extension Shape {
  /// Whether a value may have this shape: its elements, and also its strides where a dimension is 0, are bounded.
  var isWithinLimits: Bool {
    dimensions.allSatisfy { $0 >= 0 }
      && Shape(dimensions.map { Swift.max($0, 1) }).checkedElementCount(limit: NetworkLimits.maximumElements) != nil
  }
}
