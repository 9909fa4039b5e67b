import Tensors

/// Small networks with seeded random weights: one for each structure that planning must understand, and a usual one. All
/// are simplified, as imported ones are.
public enum ExampleNetworks {
  /// All of them but the usual one.
  public static func all(seed: UInt64 = 1) throws(NetworkError) -> [Network] {
    [
      try squeezing(seed: seed), try residualWithPaddedShortcut(seed: seed), try residualWithProjection(seed: seed),
      try invertedResidual(seed: seed), try convolutionsThenDense(seed: seed), try convNeXt(seed: seed),
      try shuffling(seed: seed), try sequence(seed: seed), try encoderDecoder(seed: seed), try frames(seed: seed),
      try tokens(seed: seed),
    ]
  }

  /// The usual one: a residual network of 14 layers (He et al., 2016, with projection shortcuts), input 1x3x32x32, 10
  /// classes, about 175,000 parameters, 27 million multiply-accumulates.
  public static func small(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "small-residual-untrained", input: [1, 3, 32, 32], seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 16, kernel: 3))
    for (channels, stride) in [(16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)] {
      var y = try builder.relu(try builder.convolution(x, channels: channels, kernel: 3, stride: stride))
      // The branch adds to what passes by: at half strength the sum does not grow with depth.
      y = try builder.convolution(y, channels: channels, kernel: 3, gain: 0.5)
      if stride == 2 {
        x = try builder.convolution(x, channels: channels, kernel: 1, stride: 2, padding: 0, bias: false, gain: 0.7)
      }
      x = try builder.relu(try builder.add("Add", [y, x]))
    }
    let logits = try builder.classifier(x, classes: 10)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Fire modules: parallel convolutions into a Concat; classification by convolution; Dropout and Softmax (SqueezeNet,
  /// Iandola et al., 2016).
  public static func squeezing(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-squeezing", input: [1, 3, 31, 31], opset: 7, seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 16, kernel: 3, stride: 2, padding: 0))
    x = try builder.maxPool(x, kernel: 3, stride: 2)
    for (squeeze, expand) in [(4, 12), (6, 20)] {
      let s = try builder.relu(try builder.convolution(x, channels: squeeze, kernel: 1))
      let a = try builder.relu(try builder.convolution(s, channels: expand, kernel: 1))
      let b = try builder.relu(try builder.convolution(s, channels: expand, kernel: 3))
      x = try builder.add("Concat", [a, b], ["axis": .integer(1)])
    }
    x = try builder.add("Dropout", [x])
    x = try builder.relu(try builder.convolution(x, channels: 10, kernel: 1))
    x = try builder.add("Softmax", [try builder.add("GlobalAveragePool", [x])])
    return try builder.finished(outputs: [x]).simplified()
  }

  /// Residual blocks with batch normalisation whose shortcuts take every other pixel (Slice) and add zero channels
  /// (Pad), as ResNets for CIFAR do (He et al., 2016, option A).
  public static func residualWithPaddedShortcut(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-padded-shortcut", input: [1, 3, 16, 16], opset: 13, seed: seed)
    func normalized(
      _ builder: inout NetworkBuilder, _ x: String, _ channels: Int, _ stride: Int
    ) throws(NetworkError) -> String {
      let y = try builder.convolution(x, channels: channels, kernel: 3, stride: stride, bias: false)
      return try builder.batchNormalization(y)
    }
    var x = try builder.relu(try normalized(&builder, "input", 8, 1))
    for (channels, stride) in [(8, 1), (16, 2), (16, 1), (32, 2)] {
      var y = try builder.relu(try normalized(&builder, x, channels, stride))
      y = try normalized(&builder, y, channels, 1)
      if stride == 2 {
        let bounds = [[0, 0], [1 << 60, 1 << 60], [2, 3], [2, 2]].map { builder.constant($0) }
        x = try builder.add("Slice", [x] + bounds)
        let border = channels / 4
        x = try builder.add("Pad", [x, builder.constant([0, border, 0, 0, 0, border, 0, 0])])
      }
      x = try builder.relu(try builder.add("Add", [y, x]))
    }
    let logits = try builder.classifier(x, classes: 10)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Bottleneck blocks with convolutions on the shortcut where the extents change (ResNet-50, He et al., 2016).
  public static func residualWithProjection(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-projection-shortcut", input: [1, 3, 24, 24], seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 12, kernel: 7, stride: 2))
    x = try builder.maxPool(x, kernel: 3, stride: 2, padding: 1)
    for (channels, stride, projects) in [(8, 1, true), (8, 1, false), (12, 2, true)] {
      var y = try builder.relu(try builder.convolution(x, channels: channels, kernel: 1))
      y = try builder.relu(try builder.convolution(y, channels: channels, kernel: 3, stride: stride))
      y = try builder.convolution(y, channels: 4 * channels, kernel: 1)
      if projects { x = try builder.convolution(x, channels: 4 * channels, kernel: 1, stride: stride, padding: 0) }
      x = try builder.relu(try builder.add("Add", [y, x]))
    }
    let logits = try builder.classifier(x, classes: 12)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Inverted residuals: widen, depthwise convolution, narrow; Clip to 6 (MobileNetV2, Sandler et al., 2018); the last
  /// block with a gate on its channels and HardSwish (MobileNetV3, Howard et al., 2019).
  public static func invertedResidual(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-inverted-residual", input: [1, 3, 24, 24], seed: seed)
    var x = try builder.clip(try builder.convolution("input", channels: 8, kernel: 3, stride: 2), 0, 6)
    for (channels, stride) in [(8, 1), (12, 2), (12, 1)] {
      let wide = builder.shape(of: x)[1] * 4
      var y = try builder.clip(try builder.convolution(x, channels: wide, kernel: 1), 0, 6)
      y = try builder.clip(try builder.convolution(y, channels: wide, kernel: 3, stride: stride, groups: wide), 0, 6)
      y = try builder.convolution(y, channels: channels, kernel: 1)
      x = stride == 1 ? try builder.add("Add", [x, y]) : y
    }
    var gate = try builder.relu(
      try builder.convolution(try builder.add("GlobalAveragePool", [x]), channels: 4, kernel: 1))
    gate = try builder.add("HardSigmoid", [try builder.convolution(gate, channels: 12, kernel: 1)])
    x = try builder.add("HardSwish", [try builder.add("Mul", [x, gate])])
    let logits = try builder.classifier(x, classes: 10)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Convolutions and pools, then a map flattened into wide fully connected layers (VGG, Simonyan and Zisserman, 2015;
  /// AlexNet's response normalisation, Krizhevsky et al., 2012).
  public static func convolutionsThenDense(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-dense", input: [1, 3, 16, 16], seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 12, kernel: 3))
    x = try builder.add("LRN", [x], ["size": .integer(5), "alpha": .float(0.05)])
    x = try builder.maxPool(x, kernel: 2, stride: 2)
    x = try builder.relu(try builder.convolution(x, channels: 20, kernel: 3))
    x = try builder.maxPool(x, kernel: 2, stride: 2)
    x = try builder.add("Flatten", [x])
    for width in [48, 32] { x = try builder.relu(try builder.linear(x, outputs: width)) }
    let logits = try builder.linear(x, outputs: 10)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Blocks of a depthwise 7x7 convolution, LayerNormalization over channels (brought last by Transpose), two linear
  /// layers with Gelu between, a scale and a residual (ConvNeXt, Liu et al., 2022). With `inPieces`, the normalisation is
  /// written as exporters do that lack the operator.
  public static func convNeXt(seed: UInt64 = 1, inPieces: Bool = false) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-convnext", input: [1, 3, 32, 32], seed: seed)
    func normalized(_ builder: inout NetworkBuilder, _ x: String, _ channels: Int) throws(NetworkError) -> String {
      let scale = builder.random([channels], spread: 0.2, around: 1)
      let shift = builder.random([channels], spread: 0.1)
      guard inPieces else {
        return try builder.add(
          "LayerNormalization", [x, scale, shift], ["axis": .integer(-1), "epsilon": .float(1e-6)])
      }
      let last: [String: Attribute] = ["axes": .integers([-1])]
      let centred = try builder.add("Sub", [x, try builder.add("ReduceMean", [x], last)])
      let two = builder.constant(Tensor(shape: [], elements: [2]))
      let variance = try builder.add("ReduceMean", [try builder.add("Pow", [centred, two])], last)
      let sum = try builder.add("Add", [variance, builder.constant(Tensor(shape: [], elements: [1e-6]))])
      let quotient = try builder.add("Div", [centred, try builder.add("Sqrt", [sum])])
      return try builder.add("Add", [try builder.add("Mul", [quotient, scale]), shift])
    }
    let last: [String: Attribute] = ["perm": .integers([0, 2, 3, 1])]
    let first: [String: Attribute] = ["perm": .integers([0, 3, 1, 2])]
    var x = try builder.convolution("input", channels: 12, kernel: 4, stride: 4, padding: 0)
    x = try builder.add("Transpose", [try normalized(&builder, try builder.add("Transpose", [x], last), 12)], first)
    for _ in 0..<2 {
      var y = try builder.convolution(x, channels: 12, kernel: 7, groups: 12)
      y = try normalized(&builder, try builder.add("Transpose", [y], last), 12)
      y = try builder.add("Gelu", [try builder.linearLast(y, outputs: 48)])
      y = try builder.add("Transpose", [try builder.linearLast(y, outputs: 12)], first)
      y = try builder.add("Mul", [y, builder.random([12, 1, 1], spread: 0.5)])
      x = try builder.add("Add", [x, y])
    }
    let logits = try builder.classifier(x, classes: 10)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Grouped convolutions, Split and a shuffle of channels between groups by Reshape and Transpose (ShuffleNet, Zhang
  /// et al., 2018).
  public static func shuffling(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-shuffling", input: [1, 4, 12, 12], seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 24, kernel: 3, stride: 2))
    x = try builder.relu(try builder.convolution(x, channels: 24, kernel: 1, groups: 3))
    x = try builder.add("Reshape", [x, builder.constant([1, 3, 8, 6, 6])])
    x = try builder.add("Transpose", [x], ["perm": .integers([0, 2, 1, 3, 4])])
    x = try builder.add("Reshape", [x, builder.constant([1, 24, 6, 6])])
    let bounds: (Int, Int) -> [String: Attribute] = {
      ["starts": .integers([$0]), "ends": .integers([$1]), "axes": .integers([1])]
    }
    let left = try builder.add("Slice", [x], bounds(0, 12))
    var right = try builder.add("Slice", [x], bounds(12, 24))
    right = try builder.relu(try builder.convolution(right, channels: 12, kernel: 3, groups: 12))
    x = try builder.add("Concat", [right, left], ["axis": .integer(1)])
    x = try builder.relu(try builder.convolution(x, channels: 18, kernel: 3, groups: 3))
    let logits = try builder.classifier(x, classes: 7)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// One-dimensional convolutions over a sequence.
  public static func sequence(seed: UInt64 = 1) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(name: "example-sequence", input: [1, 4, 40], seed: seed)
    var x = try builder.relu(try builder.convolution("input", channels: 12, kernel: 5))
    x = try builder.add("MaxPool", [x], ["kernel_shape": .integers([2]), "strides": .integers([2])])
    x = try builder.relu(try builder.batchNormalization(try builder.convolution(x, channels: 16, kernel: 3)))
    let logits = try builder.classifier(x, classes: 5)
    return try builder.finished(outputs: [logits]).simplified()
  }

  /// Integers in and out: an embedding, convolutions along the sequence, a GRU, scores and the best one's index.
  public static func tokens(seed: UInt64 = 1) throws(NetworkError) -> Network {
    let (width, hidden) = (16, 24)
    var builder = NetworkBuilder(name: "example-tokens", input: [12], elementType: .integer, seed: seed)
    var x = try builder.add("Gather", [builder.random([20, width], spread: 1), "input"])
    x = try builder.add("Unsqueeze", [try builder.add("Transpose", [x]), builder.constant([0])])
    x = try builder.relu(try builder.convolution(x, channels: 2 * width, kernel: 3))
    x = try builder.relu(try builder.convolution(x, channels: width, kernel: 3))
    x = try builder.add("Transpose", [x], ["perm": .integers([2, 0, 1])])
    let weights = builder.random([1, 3 * hidden, width], spread: 0.4)
    let recurrent = builder.random([1, 3 * hidden, hidden], spread: 0.4)
    x = try builder.add("GRU", [x, weights, recurrent], ["hidden_size": .integer(hidden)])
    x = try builder.add("Squeeze", [x, builder.constant([1])])
    x = try builder.add("ReduceMean", [x, builder.constant([0])], ["keepdims": .integer(0)])
    let logits = try builder.linear(x, outputs: 6)
    let best = try builder.add("ArgMax", [logits], ["axis": .integer(1), "keepdims": .integer(0)])
    return try builder.finished(outputs: [logits, best]).simplified()
  }
}
