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

  /// Four convolutions with batch normalisation, for pictures such as MNIST's: 12 million multiplications at 28x28.
  static let smallCNN = Architecture("small-cnn") {
    normalized(1, 32)
    Layer.maxPool("pool1")
    normalized(2, 48)
    normalized(3, 64)
    Layer.maxPool("pool2")
    normalized(4, 128)
    Layer.averages
  }

  /// AlexNet (Krizhevsky et al., 2012) as it is cut down for CIFAR: five convolutions and overlapping pools, one dense
  /// layer.
  static let alexNet = Architecture("alexnet") {
    Layer.convolution("conv1", 64, kernel: 11, stride: 4, bias: true, fan: .inputs)
    Layer.relu("relu1")
    Layer.maxPool("pool1", kernel: 3, padding: 1)
    Layer.convolution("conv2", 192, kernel: 5, bias: true, fan: .inputs)
    Layer.relu("relu2")
    Layer.maxPool("pool2", kernel: 3, padding: 1)
    for (number, channels) in zip(3..., [384, 256, 256]) {
      Layer.convolution("conv\(number)", channels, bias: true, fan: .inputs)
      Layer.relu("relu\(number)")
    }
    Layer.maxPool("pool3", kernel: 3, padding: 1)
    Layer.averages
  }

  /// VGG-16 (Simonyan and Zisserman, 2015) with batch normalisation and one dense layer, as is usual for CIFAR.
  static let vgg16 = Architecture("vgg16-bn", minimumExtent: 32) {
    for (stage, widths) in zip(1..., [[64, 64], [128, 128]] + [256, 512, 512].map { [$0, $0, $0] }) {
      Layer.sequence("stage\(stage)") {
        for (number, channels) in zip(1..., widths) { normalized(number, channels) }
        Layer.maxPool("pool")
      }
    }
    Layer.averages
  }

  /// A convolution, its normalisation and ReLU, numbered.
  @LayerList static func normalized(_ number: Int, _ channels: Int, stride: Int = 1) -> [Layer] {
    Layer.convolution("conv\(number)", channels, stride: stride)
    Layer.batchNormalization("bn\(number)")
    Layer.relu("relu\(number)")
  }
}
