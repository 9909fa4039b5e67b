import Tensors

/// The indices of all elements that are not 0, a column each. How many there are must be known beforehand, so its input
/// is a constant.
struct NonZero: Operator {
  let identity: NodeIdentity
  private let found: IntegerTensor

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    guard let constant = context.constants.first ?? nil else {
      throw reader.invalid(
        "how many elements of '\(node.inputs[0])' are not 0 would be known only as the network runs; export it fixed")
    }
    let isThere: [Bool]
    switch constant {
    case .float(let tensor): isThere = tensor.elements.map { $0 != 0 }
    case .integer(let tensor): isThere = tensor.elements.map { $0 != 0 }
    }
    let shape = constant.shape
    let strides = shape.strides
    let places = isThere.indices.filter { isThere[$0] }
    let elements = shape.dimensions.indices.flatMap { axis in places.map { $0 / strides[axis] % shape[axis] } }
    found = IntegerTensor(shape: [shape.rank, places.count], elements: elements)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [try identity.checked(found.shape)] }
  func takenTypes(at position: Int) -> Set<ElementType> { .all }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.integer] }
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }
  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] { [.integers(found)] }
}
