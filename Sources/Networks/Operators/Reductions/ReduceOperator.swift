import Tensors

/// What operators share that reduce over axes: those named by attribute, in later opsets by input; all where none are
/// named.
protocol ReduceOperator: Operator {
  var reduced: ReducedAxes { get }
  init(reduced: ReducedAxes)
  static var reduction: Tensor.Reduction { get }
  /// A quick way to reduce a map over its pixels, or nil for the general one.
  static func overPixels(_ map: FeatureMap) -> FeatureMap?
}

/// The axes that a node reduces over, and what becomes of them.
struct ReducedAxes: Sendable {
  let identity: NodeIdentity
  private let named: [Int]?
  let keepsDimensions: Bool
  private let isNothingWithoutAxes: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    named = try reader.integers("axes", orInput: 1)
    keepsDimensions = try reader.flag("keepdims", default: true)
    isNothingWithoutAxes = try reader.flag("noop_with_empty_axes")
  }

  /// Ascending.
  func axes(of input: Shape) throws(NetworkError) -> [Int] {
    if let named, !named.isEmpty { return try identity.axes(named, rank: input.rank).sorted() }
    return isNothingWithoutAxes ? [] : Array(0..<input.rank)
  }
}

extension ReduceOperator {
  var identity: NodeIdentity { reduced.identity }

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    self.init(reduced: try ReducedAxes(node, context: context))
  }

  static func overPixels(_ map: FeatureMap) -> FeatureMap? { nil }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let axes = try reduced.axes(of: input)
    if reduced.keepsDimensions { return [Shape(input.dimensions.indices.map { axes.contains($0) ? 1 : input[$0] })] }
    return [Shape(input.dimensions.indices.filter { !axes.contains($0) }.map { input[$0] })]
  }

  func takenTypes(at position: Int) -> Set<ElementType> {
    position == 0 ? Self.reduction.takenTypes : [.integer]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let axes = try? reduced.axes(of: input) else { return nil }
    let own = reduced.keepsDimensions ? axis : input.dimensions.indices.filter { !axes.contains($0) }[axis]
    return axes.contains(own) ? nil : .first(axis: own, of: inputs)
  }

  var takesEmptyInputs: Bool { true }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let axes = try reduced.axes(of: value.shape)
    if case .map(let map) = value, axes == [2, 3], reduced.keepsDimensions, let result = Self.overPixels(map) {
      return [.map(result)]
    }
    if case .integers(let tensor) = value {
      guard let result = tensor.reduced(Self.reduction, axes: axes, to: try outputShapes([value.shape])[0]) else {
        throw identity.invalid("its result is no integer that fits")
      }
      return [.integers(result)]
    }
    return [.tensor(value.asTensor.reduced(Self.reduction, axes: axes, keepDims: reduced.keepsDimensions))]
  }
}
