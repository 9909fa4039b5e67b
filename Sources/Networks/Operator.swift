public import Tensors

/// What an operator means: its shapes, its rows and how it is computed. One file an operator in `Operators/`.
///
/// A value of it is made from a node once (attributes read and checked) and holds no weights.
public protocol Operator: Sendable {
  /// Reads and checks the node's attributes. Throws `NetworkError` naming node, operator and what is wrong.
  init(_ node: Node, context: OperatorContext) throws(NetworkError)

  /// Output shapes from input shapes (nil: input not given). Throws where the inputs do not fit.
  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape]

  /// Which types of elements the input at `position` may have. By default the first input holds floats, and of the
  /// others (weights, indices, sizes) the operator itself knows. `Network.inferredTypes()` refuses what is not listed.
  func takenTypes(at position: Int) -> Set<ElementType>

  /// What the outputs' elements are, from those of the inputs (nil: input not given), which are such as it takes. By
  /// default all outputs are like the first input. Throws where inputs must agree and do not.
  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType]

  /// Whether outputs with elements can come of inputs without (a sum over none, a Concat with nothing). What has no
  /// elements itself is never computed.
  var takesEmptyInputs: Bool { get }

  /// How the first output's indices along `axis` (its rows) depend on each input, or nil where they cannot be computed
  /// apart from each other at less than the whole operator's cost (Softmax along its own axis, Flatten of a map).
  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule?

  /// The node that computes just `rows` of its first output, given inputs that were cut by `rowRule`. Most nodes stay
  /// as they are; a depthwise convolution changes its group count, a Slice drops its row axis.
  ///
  /// `inputs` are the whole node's input shapes. Inputs keep their positions: one that the cut node does not need (a
  /// shape that became an attribute, a Concat's operand without rows) is named "". Rows are ascending for operators
  /// that join several inputs along the axis (Concat), and whole groups where the rule says that these are computed.
  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node

  /// Computes the outputs. The inputs fit: `outputShapes` was asked first. Throws where their values do not (an index
  /// out of range).
  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue]

  /// Multiplications with an addition for one sample: what the cost model counts. 0 for operators without such.
  func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int
}

extension Operator {
  public func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node { node }
  public func takenTypes(at position: Int) -> Set<ElementType> { position == 0 ? [.float] : .all }
  public func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { .like(inputs) }
  public var takesEmptyInputs: Bool { false }
  public func multiplyAccumulates(inputs: [Shape?], outputs: [Shape]) -> Int { 0 }
}

/// What an operator may look at while it reads its node.
public struct OperatorContext: Sendable {
  public var opset: Int
  /// The node's constant inputs, by position (nil: not a constant, or not given).
  public var constants: [Constant?]

  public init(opset: Int, constants: [Constant?]) {
    self.opset = opset
    self.constants = constants
  }
}

/// How an output's rows depend on each input of a node.
public struct RowRule: Hashable, Sendable {
  public var inputs: [Input]
  /// Whether the rows of a group can only be computed together, as the cut node does it (GroupNormalization). A grouped
  /// convolution can compute any of them apart.
  public var computesWholeGroups: Bool

  public init(_ inputs: [Input], computesWholeGroups: Bool = false) {
    self.inputs = inputs
    self.computesWholeGroups = computesWholeGroups
  }

  public enum Input: Hashable, Sendable {
    /// Every row needs all of this input (a convolution's feature map; a broadcast operand; an absent input).
    case whole
    /// Output row r needs index `start + step * r` of this input along `axis`; where that is out of range, row r does
    /// not come from this input (Concat's other operands, Pad's border, which is zero).
    case rows(axis: Int, start: Int, step: Int)
    /// Output rows of group g need the group's share along `axis` (grouped convolution with more than one channel in
    /// a group): `rowsPerGroup` output rows to `inputsPerGroup` input indices.
    case group(axis: Int, rowsPerGroup: Int, inputsPerGroup: Int)
  }
}

extension [ElementType] {
  /// One type for all outputs, however many: that of the first input which is given.
  static func like(_ inputs: [ElementType?]) -> [ElementType] { [inputs.compactMap { $0 }.first ?? .float] }
}
