/// How this program packs weights for the instruction set in use, in a few digits: whatever changes in it, files of
/// weights that were packed otherwise are not taken for its own.
enum PackingFingerprint {
  static let current: String = {
    let set = InstructionSet.current
    var sum = Checksum()
    func numbers(_ shape: Shape) -> Tensor {
      Tensor(shape: shape, elements: (0..<shape.elementCount).map { Float($0 % 1021) - 510 })
    }
    for type in WeightType.allCases {
      for (shape, groups) in [([70, 37, 3, 3], 1), ([40, 12, 1, 1], 2), ([37, 1, 3, 3], 37)] as [(Shape, Int)] {
        let window = Window(kernelHeight: shape[2], kernelWidth: shape[3])
        let layer = PackedConvolution(
          weights: numbers(shape), bias: nil, window: window, groups: groups, activation: .none, storedAs: type, on: set
        )
        layer.addWeights(to: &sum)
      }
      for rows in [1, 8] {
        for isTransposed in [false, true] {
          let layer = PackedLinear(
            weights: numbers([139, 75]), bias: nil, activation: .none, rows: rows, transposed: isTransposed,
            storedAs: type, on: set)
          layer.addWeights(to: &sum)
        }
      }
    }
    return "\(set.rawValue) \(String(sum.value, radix: 16))"
  }()
}
