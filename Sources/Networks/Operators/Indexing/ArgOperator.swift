import Tensors

/// What ArgMax and ArgMin share: the place of an element along an axis.
protocol ArgOperator: Operator {
  var place: ArgPlace { get }
  init(place: ArgPlace)
  /// Whether `a` is to be preferred to `b`.
  static func prefers<Element: Comparable>(_ a: Element, to b: Element) -> Bool
}

/// Where a node looks, and which of several equal elements it takes.
struct ArgPlace: Sendable {
  let identity: NodeIdentity
  let axis: Int
  let keepsDimensions: Bool
  let takesLast: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...1)
    identity = reader.identity
    axis = try reader.integer("axis", default: 0)
    keepsDimensions = try reader.flag("keepdims", default: true)
    takesLast = try reader.flag("select_last_index")
  }
}

extension ArgOperator {
  var identity: NodeIdentity { place.identity }

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    self.init(place: try ArgPlace(node, context: context))
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    let axis = try identity.axis(place.axis, rank: shape.rank)
    guard shape[axis] > 0 else { throw identity.invalid("its input \(shape) is empty along axis \(axis)") }
    if place.keepsDimensions { shape[axis] = 1 } else { shape.dimensions.remove(at: axis) }
    return [shape]
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }
  func outputTypes(_ inputs: [ElementType?]) -> [ElementType] { [.integer] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let own = try? identity.axis(place.axis, rank: input.rank) else {
      return nil
    }
    if place.keepsDimensions { return axis == own ? nil : .first(axis: axis, of: inputs) }
    return .first(axis: axis < own ? axis : axis + 1, of: inputs)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node { node }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let output = try outputShapes([value.shape])[0]
    let axis = try identity.axis(place.axis, rank: value.shape.rank)
    if case .integers(let tensor) = value { return [found(tensor.elements, value.shape, axis: axis, output)] }
    return [found(value.asTensor.elements, value.shape, axis: axis, output)]
  }

  private func found<Element: Comparable>(
    _ elements: [Element], _ shape: Shape, axis: Int, _ output: Shape
  ) -> RuntimeValue {
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    var result: [Int] = []
    result.reserveCapacity(output.elementCount)
    for line in 0..<output.elementCount {
      let start = line / inner * extent * inner + line % inner
      var best = 0
      for index in 1..<Swift.max(extent, 1) {
        let (element, champion) = (elements[start + index * inner], elements[start + best * inner])
        if Self.prefers(element, to: champion) || place.takesLast && element == champion { best = index }
      }
      result.append(best)
    }
    return .integers(IntegerTensor(shape: output, elements: result))
  }
}
