/// Wide residual networks (Zagoruyko and Komodakis, 2016): normalisation and ReLU before each convolution.
extension Architecture {
  /// Three stages of (depth - 4) / 6 blocks with `width` times 16, 32 and 64 channels.
  static func wideResNet(depth: Int, width: Int) -> Architecture {
    Architecture("wrn-\(depth)-\(width)") {
      Layer.convolution("conv1", 16)
      for stage in 1...3 {
        for block in 1...(depth - 4) / 6 {
          wideBlock(
            "stage\(stage).block\(block)", width * 8 << stage, stride: stage > 1 && block == 1 ? 2 : 1,
            isProjected: block == 1 && (stage > 1 || width > 1))
        }
      }
      Layer.batchNormalization("bn")
      Layer.relu("relu")
      Layer.averages
    }
  }

  /// - Parameter isProjected: whether the shortcut is a convolution, of what is normalised already.
  @LayerList private static func wideBlock(
    _ name: String, _ channels: Int, stride: Int, isProjected: Bool
  ) -> [Layer] {
    let before = [Layer.batchNormalization("bn1"), Layer.relu("relu1")]
    if isProjected { Layer.sequence(name) { before } }
    let projection = Layer.convolution("shortcut", channels, kernel: 1, stride: stride)
    Layer.residual(name, shortcut: isProjected ? [projection] : []) {
      if !isProjected { before }
      Layer.convolution("conv1", channels, stride: stride)
      Layer.batchNormalization("bn2")
      Layer.relu("relu2")
      Layer.convolution("conv2", channels)
    }
  }
}
