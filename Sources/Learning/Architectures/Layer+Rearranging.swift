import Networks
import Tensors

/// Layers that leave the numbers as they are.
extension Layer {
  static func transpose(_ name: String, _ order: [Int]) -> Layer {
    .simple(name, "Transpose", ["perm": .integers(order)])
  }

  /// The same elements in a shape that follows from theirs.
  static func reshape(_ name: String, to shape: @escaping @Sendable (Shape) -> [Int]) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let extents = builder.constant("\(name).shape", shape(builder.shape(of: x)))
      return try builder.node("Reshape", [x, extents], named: name)
    }
  }
}
