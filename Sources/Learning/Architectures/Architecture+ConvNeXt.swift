extension Architecture {
  /// A small ConvNeXt (Liu et al., 2022) for pictures of 32x32: patches of 2x2, three stages of three blocks.
  static let convNeXt = Architecture("convnext-small") {
    Layer.convolution("stem", 48, kernel: 2, stride: 2, padding: 0, bias: true, fan: .inputs)
    normalizedChannels("stem")
    for stage in 1...3 {
      let channels = 24 << stage
      if stage > 1 {
        normalizedChannels("stage\(stage).downsample")
        Layer.convolution(
          "stage\(stage).downsample", channels, kernel: 2, stride: 2, padding: 0, bias: true, fan: .inputs)
      }
      for block in 1...3 { convNeXtBlock("stage\(stage).block\(block)", channels) }
    }
    Layer.averages
    Layer.layerNormalization("norm")
  }

  /// Each channel is filtered, then each pixel's channels are normalised and go through two dense layers.
  private static func convNeXtBlock(_ name: String, _ channels: Int) -> Layer {
    .residual(name) {
      Layer.depthwise("depthwise", kernel: 7, bias: true)
      Layer.transpose("last", [0, 2, 3, 1])
      Layer.layerNormalization("norm")
      Layer.linearLast("expand", 4 * channels)
      Layer.gelu("gelu")
      Layer.linearLast("project", channels)
      Layer.scale("scale", beginning: 1e-6)
      Layer.transpose("first", [0, 3, 1, 2])
    }
  }

  /// Normalises each pixel's channels, which are brought last for it.
  private static func normalizedChannels(_ name: String) -> Layer {
    .sequence(name) {
      Layer.transpose("last", [0, 2, 3, 1])
      Layer.layerNormalization("norm")
      Layer.transpose("first", [0, 3, 1, 2])
    }
  }
}
