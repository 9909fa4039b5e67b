extension Architecture {
  /// MobileNetV2 (Sandler et al., 2018) for CIFAR: the first two strides are 1.
  static let mobileNetV2 = Architecture("mobilenetv2") {
    Layer.convolution("conv1", 32)
    Layer.batchNormalization("bn1")
    Layer.relu6("relu1")
    // Expansion, channels, blocks, stride.
    let settings = [
      (1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]
    for (stage, (expansion, channels, blocks, stride)) in zip(1..., settings) {
      for block in 1...blocks {
        invertedResidual(
          "stage\(stage).block\(block)", channels, expansion: expansion, stride: block == 1 ? stride : 1,
          isResidual: block > 1)
      }
    }
    Layer.convolution("conv2", 1280, kernel: 1)
    Layer.batchNormalization("bn2")
    Layer.relu6("relu2")
    Layer.averages
  }

  /// Wider by a convolution of single pixels, filtered channel by channel, narrow again without a function after it.
  private static func invertedResidual(
    _ name: String, _ channels: Int, expansion: Int, stride: Int, isResidual: Bool
  ) -> Layer {
    @LayerList func body() -> [Layer] {
      if expansion > 1 {
        Layer.expansion("expand", factor: expansion)
        Layer.batchNormalization("expand.bn")
        Layer.relu6("expand.relu")
      }
      Layer.depthwise("depthwise", stride: stride)
      Layer.batchNormalization("depthwise.bn")
      Layer.relu6("depthwise.relu")
      Layer.convolution("project", channels, kernel: 1)
      Layer.batchNormalization("project.bn")
    }
    return isResidual ? .residual(name, body) : .sequence(name, body)
  }
}
