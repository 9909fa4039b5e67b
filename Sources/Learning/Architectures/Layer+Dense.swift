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
}
