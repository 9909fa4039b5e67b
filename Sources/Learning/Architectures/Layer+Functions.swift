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

  /// x / 2 * (1 + erf(x / sqrt(2))) (Hendrycks and Gimpel, 2016), in the operators that opset 17 has for it.
  static func gelu(_ name: String) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let numbers = [("root", 1.414_213_5), ("one", 1), ("half", 0.5)] as [(String, Float)]
      let constants = numbers.map { builder.constant("\(name).\($0)", Tensor(shape: [], elements: [$1])) }
      let ratio = try builder.node("Div", [x, constants[0]], named: "\(name).div")
      let erf = try builder.node("Erf", [ratio], named: "\(name).erf")
      let gate = try builder.node("Add", [erf, constants[1]], named: "\(name).add")
      let product = try builder.node("Mul", [x, gate], named: "\(name).mul")
      return try builder.node("Mul", [product, constants[2]], named: name)
    }
  }
}
