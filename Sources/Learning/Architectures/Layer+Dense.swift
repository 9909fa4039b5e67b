import Networks
import Tensors

/// Fully connected layers.
extension Layer {
  /// A fully connected layer with a bias over a matrix of one row.
  ///
  /// - Parameters:
  ///   - initialization: of the weights, from the numbers of inputs and outputs.
  ///   - value: the output's name, where it is not the layer's.
  static func linear(
    _ name: String, _ outputs: Int, value: String? = nil,
    initialization: @escaping @Sendable (Int, Int) -> Initialization = Initialization.xavier
  ) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let inputs = builder.shape(of: x)[1]
      let weight = builder.parameter("\(name).weight", [outputs, inputs], initialization(inputs, outputs))
      let bias = builder.parameter("\(name).bias", [outputs], .constant(0))
      return try builder.node("Gemm", [x, weight, bias], ["transB": .integer(1)], named: name, value: value)
    }
  }

  /// The same before a ReLU.
  static func hidden(_ name: String, _ outputs: Int) -> Layer {
    .linear(name, outputs) { inputs, _ in .he(fan: inputs) }
  }

  /// A fully connected layer over the last axis: a product of matrices and the sum with a bias, as exporters write it.
  static func linearLast(_ name: String, _ outputs: Int) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let inputs = builder.shape(of: x).dimensions.last ?? 1
      let weight = builder.parameter("\(name).weight", [inputs, outputs], .truncatedNormal(deviation: 0.02))
      let bias = builder.parameter("\(name).bias", [outputs], .constant(0))
      let product = try builder.node("MatMul", [x, weight], named: "\(name).product")
      return try builder.node("Add", [product, bias], named: name)
    }
  }

  /// Layer normalisation over the last axis (Ba, Kiros and Hinton, 2016).
  static func layerNormalization(_ name: String) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let shape: Shape = [builder.shape(of: x).dimensions.last ?? 1]
      let scale = builder.parameter("\(name).scale", shape, .constant(1))
      let shift = builder.parameter("\(name).shift", shape, .constant(0))
      return try builder.node(
        "LayerNormalization", [x, scale, shift], ["axis": .integer(-1), "epsilon": .float(1e-6)], named: name)
    }
  }

  /// A factor for each index of the last axis, which begins small (Touvron et al., 2021).
  static func scale(_ name: String, beginning: Float) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let factors = builder.parameter(
        "\(name).weight", [builder.shape(of: x).dimensions.last ?? 1], .constant(beginning))
      return try builder.node("Mul", [x, factors], named: name)
    }
  }
}
