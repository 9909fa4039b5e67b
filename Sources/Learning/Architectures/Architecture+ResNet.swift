/// Residual networks with normalisation after each convolution (He et al., 2016).
extension Architecture {
  /// ResNet for CIFAR: three stages of (depth - 2) / 6 blocks with 16, 32 and 64 channels, shortcuts without parameters.
  static func resNet(depth: Int) -> Architecture {
    Architecture("resnet\(depth)") {
      normalized(1, 16)
      for stage in 1...3 {
        for block in 1...(depth - 2) / 6 {
          residualBlock("stage\(stage).block\(block)", 8 << stage, stride: stage > 1 && block == 1 ? 2 : 1)
        }
      }
      Layer.averages
    }
  }

  /// The shipped default's: four stages of one block each with 16 to 128 channels. The first three end at "exit1" to
  /// "exit3", where classifiers can branch off.
  static let compact = Architecture("compact", minimumExtent: 16) {
    normalized(1, 16)
    for stage in 1...4 {
      residualBlock(
        "stage\(stage).block1", 8 << stage, stride: stage > 1 ? 2 : 1, ending: stage < 4 ? "exit\(stage)" : nil)
    }
    Layer.averages
  }

  /// Blocks of two convolutions one after the other, all of 32 channels on maps of half the picture's extent.
  static func chain(blocks: Int) -> Architecture {
    Architecture("chain-\(blocks)") {
      normalized(1, 32, stride: 2)
      for block in 1...blocks { residualBlock("block\(block)", 32, stride: 1) }
      Layer.averages
    }
  }

  /// Two convolutions, each with batch normalisation, with a shortcut around them, and ReLU after their sum.
  ///
  /// - Parameter last: the last ReLU's name, where it is not the block's "relu2".
  @LayerList private static func residualBlock(
    _ name: String, _ channels: Int, stride: Int, ending last: String? = nil
  ) -> [Layer] {
    Layer.residual(name, shortcut: [.strided("shortcut", channels, stride: stride)]) {
      normalized(1, channels, stride: stride)
      Layer.convolution("conv2", channels)
      Layer.batchNormalization("bn2")
    }
    Layer.relu(last ?? "\(name).relu2")
  }
}
