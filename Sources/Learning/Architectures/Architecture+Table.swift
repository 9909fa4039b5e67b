extension Architecture {
  /// All architectures; of the chains, which there are of any length, the one of eight blocks.
  public static let all: [Architecture] = [
    lenet, alexNet, vgg16, smallCNN, compact, resNet(depth: 20), resNet(depth: 32), resNet(depth: 110),
    chain(blocks: 8), wideResNet(depth: 16, width: 1), wideResNet(depth: 16, width: 2),
    wideResNet(depth: 16, width: 3), wideResNet(depth: 16, width: 4), wideResNet(depth: 22, width: 1),
    wideResNet(depth: 28, width: 10), mobileNetV2, convNeXt, vit, lstm, gru,
  ]

  /// Blocks that a chain can have.
  private static let chainLengths = 1...99

  /// The architecture of that name; "chain-12" is a chain of twelve blocks. Throws `unknownArchitecture` with the names
  /// that there are.
  public static func named(_ name: String) throws(LearningError) -> Architecture {
    if let found = all.first(where: { $0.name == name }) { return found }
    if name.hasPrefix("chain-"), let blocks = Int(name.dropFirst(6)), chainLengths.contains(blocks) {
      return chain(blocks: blocks)
    }
    let names = all.map { $0.name.hasPrefix("chain-") ? "chain-1 to chain-\(chainLengths.upperBound)" : $0.name }
    throw .unknownArchitecture(name: name, known: names)
  }
}
