import Networks
import Tensors

/// Layers without parameters, element by element.
extension Layer {
  /// A node with one input.
  static func simple(_ name: String, _ operatorType: String, _ attributes: [String: Attribute] = [:]) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in try builder.node(operatorType, [x], attributes, named: name) }
  }

  static func relu(_ name: String) -> Layer { .simple(name, "Relu") }

  /// The smaller of ReLU and 6 (Howard et al., 2017).
  static func relu6(_ name: String) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let bounds = [("minimum", 0), ("maximum", 6)] as [(String, Float)]
      let constants = bounds.map { builder.constant("\(name).\($0)", Tensor(shape: [], elements: [$1])) }
      return try builder.node("Clip", [x] + constants, named: name)
    }
  }
}
