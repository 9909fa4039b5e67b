public import Tensors

/// An operator graph with its weights: what is imported from ONNX, run whole on one board, planned and cut.
///
/// Nodes stand in topological order; every value is produced once (single assignment); shapes are frozen, one sample
/// per request. A slice of a stage is itself a `Network` over fewer rows, so there is one way to run either.
public struct Network: Sendable {
  public var name: String
  /// The ONNX operator set whose semantics the nodes follow.
  public var opset: Int
  public var inputs: [ValueDescription]
  public var outputs: [ValueDescription]
  public var nodes: [Node]
  /// Weights and other constants by value name. Never iterate it without sorting: its order is not stable.
  public var constants: [String: Constant]

  public init(
    name: String, opset: Int, inputs: [ValueDescription], outputs: [ValueDescription], nodes: [Node],
    constants: [String: Constant]
  ) {
    self.name = name
    self.opset = opset
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
    self.constants = constants
  }
}

/// A named value with its frozen shape and what its elements are.
public struct ValueDescription: Hashable, Sendable {
  public var name: String
  public var shape: Shape
  public var elementType: ElementType

  public init(name: String, shape: Shape, elementType: ElementType = .float) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
  }
}

/// In JSON an object with `name`, `shape` and, unless it is `float`, `elementType`.
extension ValueDescription: Codable {
  private enum CodingKeys: String, CodingKey { case name, shape, elementType }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    shape = try container.decode(Shape.self, forKey: .shape)
    elementType = try container.decodeIfPresent(ElementType.self, forKey: .elementType) ?? .float
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(shape, forKey: .shape)
    if elementType != .float { try container.encode(elementType, forKey: .elementType) }
  }
}

/// One application of an operator. An empty input name means "not given" (ONNX's optional inputs).
public struct Node: Hashable, Sendable, Codable {
  public var name: String
  /// The operator's ONNX name, such as `Conv`; our own operators have the prefix `edgemesh.`.
  public var operatorType: String
  public var inputs: [String]
  public var outputs: [String]
  public var attributes: [String: Attribute]

  public init(
    name: String, operatorType: String, inputs: [String], outputs: [String], attributes: [String: Attribute] = [:]
  ) {
    self.name = name
    self.operatorType = operatorType
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }
}

/// A node's attribute. Tensor attributes become constants at import.
public enum Attribute: Hashable, Sendable, Codable {
  case integer(Int)
  case integers([Int])
  case float(Float)
  case floats([Float])
  case string(String)
  case strings([String])
}

/// A value known before the network runs.
public enum Constant: Sendable {
  case float(Tensor)
  /// Shapes, indices, axes and truth values (int64, int32, bool and the like in ONNX).
  case integer(IntegerTensor)

  public var shape: Shape {
    switch self {
    case .float(let tensor): tensor.shape
    case .integer(let tensor): tensor.shape
    }
  }

  public var elementType: ElementType {
    switch self {
    case .float: .float
    case .integer(let tensor): tensor.elementType
    }
  }
}

/// A small tensor of integers or, where it `isBoolean`, of truth values (0 and 1); row-major.
public struct IntegerTensor: Hashable, Sendable {
  public var shape: Shape
  public var elements: [Int]
  public var isBoolean: Bool

  public init(shape: Shape, elements: [Int], isBoolean: Bool = false) {
    precondition(shape.elementCount == elements.count, "\(elements.count) elements do not fill a shape of \(shape)")
    self.shape = shape
    self.elements = elements
    self.isBoolean = isBoolean
  }

  public var elementType: ElementType { isBoolean ? .boolean : .integer }
}
