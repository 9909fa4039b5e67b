import Tensors

extension ExampleNetworks {
  /// Maps made smaller, then larger again by transposed convolutions, with the larger maps joined in on the way up
  /// (U-Net, Ronneberger et al., 2015); normalised by groups and instances, with leaky and parametric Relu.
  public static func encoderDecoder(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-encoder-decoder", input: [1, 3, 16, 20], opset: 21, seed: seed)
    var x = try builder.convolution("input", channels: 8, kernel: 3)
    let scale = builder.random([8], spread: 0.2, around: 1)
    x = try builder.add(
      "GroupNormalization", [x, scale, builder.random([8], spread: 0.1)], ["num_groups": .integer(4)])
    let large = try builder.add("LeakyRelu", [x], ["alpha": .float(0.1)])
    x = try builder.convolution(large, channels: 16, kernel: 3, stride: 2)
    let other = builder.random([16], spread: 0.2, around: 1)
    x = try builder.add("InstanceNormalization", [x, other, builder.random([16], spread: 0.1)])
    let middle = try builder.add("PRelu", [x, builder.random([16, 1, 1], spread: 0.2)])
    x = try builder.relu(try builder.convolution(middle, channels: 24, kernel: 3, stride: 2))
    x = try builder.add("Concat", [try builder.enlarged(x, channels: 16), middle], ["axis": .integer(1)])
    x = try builder.relu(try builder.convolution(x, channels: 16, kernel: 3))
    x = try builder.relu(try builder.batchNormalization(try builder.enlarged(x, channels: 8)))
    x = try builder.add("Concat", [x, large], ["axis": .integer(1)])
    x = try builder.add("Sigmoid", [try builder.convolution(x, channels: 5, kernel: 1)])
    return try builder.finished(outputs: [x]).simplified()
  }

  /// Several frames in one sample, which become a batch inside: each frame on its own through convolutions and pools,
  /// then the mean of all (temporal segments, Wang et al., 2016).
  public static func frames(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-frames", input: [1, 4, 3, 12, 12], seed: seed)
    var x = try builder.add("Reshape", ["input", builder.constant([4, 3, 12, 12])])
    x = try builder.relu(try builder.batchNormalization(try builder.convolution(x, channels: 12, kernel: 3)))
    x = try builder.maxPool(x, kernel: 3, stride: 2)
    let residual = try builder.convolution(x, channels: 12, kernel: 3, groups: 12)
    x = try builder.relu(try builder.add("Add", [try builder.convolution(residual, channels: 12, kernel: 1), x]))
    x = try builder.relu(try builder.convolution(x, channels: 20, kernel: 3))
    x = try builder.add("Flatten", [try builder.add("GlobalAveragePool", [x])])
    x = try builder.linear(x, outputs: 6)
    x = try builder.add("ReduceMean", [x, builder.constant([0])])
    return try builder.finished(outputs: [x]).simplified()
  }
}

extension NetworkBuilder {
  /// Twice as high and wide, by a transposed convolution.
  fileprivate mutating func enlarged(_ x: String, channels: Int) throws(NetworkError) -> String {
    let inputs = shape(of: x)[1]
    let weights = random([inputs, channels, 4, 4], spread: (6 / Float(4 * inputs)).squareRoot())
    return try add(
      "ConvTranspose", [x, weights, random([channels], spread: 0.1)],
      ["strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])
  }
}
