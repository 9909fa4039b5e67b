/// Small networks of convolutions.
extension Architecture {
  /// LeNet-5 (LeCun et al., 1998), with ReLU and maximum pools as it is used today.
  static let lenet = Architecture("lenet", minimumExtent: 12) {
    Layer.convolution("conv1", 6, kernel: 5, bias: true, fan: .inputs)
    Layer.relu("relu1")
    Layer.maxPool("pool1")
    Layer.convolution("conv2", 16, kernel: 5, padding: 0, bias: true, fan: .inputs)
    Layer.relu("relu2")
    Layer.maxPool("pool2")
    Layer.flatten
    Layer.hidden("dense1", 120)
    Layer.relu("relu3")
    Layer.hidden("dense2", 84)
    Layer.relu("relu4")
  }

  /// Four convolutions with batch normalisation, for pictures such as MNIST's: 11 million multiplications at 28x28.
  static let smallCNN = Architecture("small-cnn") {
    normalized(1, 32)
    Layer.maxPool("pool1")
    normalized(2, 48)
    normalized(3, 64)
    Layer.maxPool("pool2")
    normalized(4, 96)
    Layer.averages
  }

  /// A convolution, its normalisation and ReLU, numbered.
  @LayerList static func normalized(_ number: Int, _ channels: Int, stride: Int = 1) -> [Layer] {
    Layer.convolution("conv\(number)", channels, stride: stride)
    Layer.batchNormalization("bn\(number)")
    Layer.relu("relu\(number)")
  }
}
