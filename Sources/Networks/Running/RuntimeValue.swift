public import Tensors

/// A value while a network runs. Activations `[1, C, H, W]` flow between convolutions, pools and element-wise operators
/// as feature maps in the kernels' blocked layout; others are plain tensors.
public enum RuntimeValue: Sendable {
  /// `[1, C, H, W]`.
  case map(FeatureMap)
  case tensor(Tensor)
  /// Shapes, indices, axes, truth values.
  case integers(IntegerTensor)

  public init(_ constant: Constant) {
    switch constant {
    case .float(let tensor): self = .tensor(tensor)
    case .integer(let tensor): self = .integers(tensor)
    }
  }

  public var shape: Shape {
    switch self {
    case .map(let map): [1, map.channels, map.height, map.width]
    case .tensor(let tensor): tensor.shape
    case .integers(let tensor): tensor.shape
    }
  }

  public var elementType: ElementType {
    switch self {
    case .map, .tensor: .float
    case .integers(let tensor): tensor.elementType
    }
  }

  /// The value as a tensor in row-major order; converts where it is something else. Integers beyond 2^24 either way are
  /// rounded to what single precision can hold.
  public var asTensor: Tensor {
    switch self {
    case .map(let map): map.tensor()
    case .tensor(let tensor): tensor
    case .integers(let tensor): Tensor(shape: tensor.shape, elements: tensor.elements.map { Float($0) })
    }
  }

  /// The value as a feature map; converts where it is something else. Nil unless the shape is `[1, C, H, W]` or
  /// `[1, C, L]` (which becomes a map of height 1).
  public var asMap: FeatureMap? {
    if case .map(let map) = self { return map }
    let shape = self.shape
    guard shape.rank == 4 || shape.rank == 3, shape[0] == 1, !shape.dimensions.contains(0) else { return nil }
    return FeatureMap(asTensor)
  }

  /// The value as the constant that it would be.
  public var asConstant: Constant {
    if case .integers(let tensor) = self { return .integer(tensor) }
    return .float(asTensor)
  }
}
