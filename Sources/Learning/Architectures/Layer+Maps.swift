import Networks
import Tensors

/// Layers over feature maps.
extension Layer {
  /// Which number of connections a convolution's first weights are scaled by.
  enum Fan {
    /// Inputs of an output element: where nothing normalises what comes out.
    case inputs
    /// Outputs of an input element.
    case outputs
  }

  /// A convolution, padded such that a stride of 1 keeps the extents, unless told otherwise.
  static func convolution(
    _ name: String, _ channels: Int, kernel: Int = 3, stride: Int = 1, padding: Int? = nil, groups: Int = 1,
    bias: Bool = false, fan: Fan = .outputs
  ) -> Layer {
    let area = kernel * kernel
    return Layer(name) { (builder, x) throws(NetworkError) in
      let inputs = builder.shape(of: x)[1] / groups
      let connections = area * (fan == .inputs ? inputs : channels / groups)
      var operands = [
        x, builder.parameter("\(name).weight", [channels, inputs, kernel, kernel], .he(fan: connections)),
      ]
      if bias { operands.append(builder.parameter("\(name).bias", [channels], .constant(0))) }
      return try builder.node(
        "Conv", operands,
        [
          "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
          "pads": .integers([Int](repeating: padding ?? kernel / 2, count: 4)), "dilations": .integers([1, 1]),
          "group": .integer(groups),
        ], named: name)
    }
  }

  /// A convolution of each channel with a filter of its own.
  static func depthwise(_ name: String, kernel: Int = 3, stride: Int = 1, bias: Bool = false) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let channels = builder.shape(of: x)[1]
      let layer = Layer.convolution(name, channels, kernel: kernel, stride: stride, groups: channels, bias: bias)
      return try layer.append(&builder, x)
    }
  }

  /// A convolution of single pixels to `factor` times as many channels.
  static func expansion(_ name: String, factor: Int) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let layer = Layer.convolution(name, factor * builder.shape(of: x)[1], kernel: 1)
      return try layer.append(&builder, x)
    }
  }

  /// Batch normalisation (Ioffe and Szegedy, 2015), with scale 1, shift 0 and statistics of mean 0 and variance 1.
  static func batchNormalization(_ name: String) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      let shape: Shape = [builder.shape(of: x)[1]]
      let parameters = [("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)] as [(String, Float)]
      let operands = parameters.map { builder.parameter("\(name).\($0)", shape, .constant($1)) }
      return try builder.node("BatchNormalization", [x] + operands, ["epsilon": .float(1e-5)], named: name)
    }
  }

  static func maxPool(_ name: String, kernel: Int = 2, stride: Int = 2, padding: Int = 0) -> Layer {
    Layer(name) { (builder, x) throws(NetworkError) in
      try builder.node(
        "MaxPool", [x],
        [
          "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
          "pads": .integers([Int](repeating: padding, count: 4)),
        ], named: name)
    }
  }

  /// The average of each channel, as a matrix of one row.
  static var averages: [Layer] { [.simple("pool", "GlobalAveragePool"), .flatten] }

  static var flatten: Layer { .simple("flatten", "Flatten", ["axis": .integer(1)]) }
}
