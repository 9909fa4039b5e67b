import Testing

@testable import Tensors

/// Every kernel of every instruction set that the machine has, against the definition in double precision.
@Suite struct ConvolutionTests {
  /// The kinds of convolution that take different ways through the kernels.
  enum Family: CaseIterable {
    case dense, pointwise, strided, dilated, fewChannels, narrowMaps, depthwise, grouped, oneDimensional, channelChunks
    case bands, farTaps
  }

  struct Case: CustomStringConvertible {
    var channels = 1
    var filters = 1
    var groups = 1
    var height = 1
    var width = 1
    var window = Window(kernelHeight: 1, kernelWidth: 1)
    var activation = Activation.none
    var hasBias = true
    var hasResidual = false

    /// Whether it can be computed by Winograd's filtering.
    var mayMix: Bool {
      groups == 1 && (window.kernelHeight, window.kernelWidth) == (3, 3)
        && (window.strideY, window.strideX, window.dilationY, window.dilationX) == (1, 1, 1, 1)
    }

    var description: String {
      "\(channels) x \(height) x \(width) to \(filters) in \(groups) groups, \(window), \(activation), "
        + "bias \(hasBias), residual \(hasResidual)"
    }
  }

  @Test(arguments: Family.allCases) func equalsItsDefinition(family: Family) {
    let seed: UInt64 = 20_261_121
    var randomness = Randomness(seed: seed)
    let rounds = [.channelChunks, .bands].contains(family) ? 12 : family == .farTaps ? 40 : 200
    for round in 0..<rounds {
      let drawn = draw(family, &randomness)
      check(drawn, &randomness, "seed \(seed), \(family) \(round): \(drawn)")
    }
  }

  private func check(
    _ drawn: Case, _ randomness: inout Randomness, _ name: String, storedAs type: WeightType = .float32
  ) {
    let window = drawn.window
    let input = randomness.tensor([1, drawn.channels, drawn.height, drawn.width])
    let weights = randomness.tensor(
      [drawn.filters, drawn.channels / drawn.groups, window.kernelHeight, window.kernelWidth]
    ).rounded(to: type)
    let bias = drawn.hasBias ? randomness.floats(drawn.filters) : nil
    let shape: Shape = [
      1, drawn.filters, window.outputHeight(drawn.height), window.outputWidth(drawn.width),
    ]
    let residual = drawn.hasResidual ? randomness.tensor(shape) : nil
    let reference = ReferenceWindows.convolve(
      input, weights: weights, bias: bias, window: window, groups: drawn.groups, activation: drawn.activation,
      residual: residual)
    for set in InstructionSet.available {
      let convolution = PackedConvolution(
        weights: weights, bias: bias, window: window, groups: drawn.groups, activation: drawn.activation,
        storedAs: type, on: set)
      let result = convolution(
        FeatureMap(soiled: input, on: set), adding: residual.map { FeatureMap(soiled: $0, on: set) })
      let planes = result.tensor()
      #expect(planes.shape == shape, "\(set), \(name)")
      let wrong = difference(planes.elements, reference, mixing: drawn.mayMix)
      #expect(wrong == nil, "\(set), \(name): \(wrong ?? "")")
      #expect(result.isFinite, "\(set), \(name)")
    }
  }

  @Test(arguments: [WeightType.bfloat16, .float16]) func storesWeightsIn16Bits(type: WeightType) {
    let seed: UInt64 = 16
    var randomness = Randomness(seed: seed)
    for round in 0..<120 {
      let family = Family.allCases[round % Family.allCases.count]
      let drawn = draw(family == .farTaps ? .channelChunks : family, &randomness)
      check(drawn, &randomness, "seed \(seed), \(family) \(round): \(drawn)", storedAs: type)
    }
  }

  @Test func takesHalfTheBytes() {
    let window = Window(kernelHeight: 3, kernelWidth: 3)
    func layer(_ shape: Shape, groups: Int, _ type: WeightType) -> PackedConvolution {
      PackedConvolution(weights: Tensor(shape: shape), bias: nil, window: window, groups: groups, storedAs: type)
    }
    for type in [WeightType.bfloat16, .float16] {
      let whole = layer([64, 64, 3, 3], groups: 1, .float32)
      #expect(layer([64, 64, 3, 3], groups: 1, type).byteCount - 64 * 4 == (whole.byteCount - 64 * 4) / 2)
      // Filters of one channel stay what they are.
      #expect(layer([64, 1, 3, 3], groups: 64, type).weightType == .float32)
    }
  }

  @Test func roundsToNearest() {
    let tensor = Tensor(shape: [5], elements: [1, 1 + 0x1p-9, -3.14159274, 70000, 0])
    #expect(tensor.rounded(to: .float32).elements == tensor.elements)
    #expect(tensor.rounded(to: .bfloat16).elements == [1, 1, -3.140625, 70144, 0])
    #expect(tensor.rounded(to: .float16).elements == [1, 1 + 0x1p-9, -3.140625, 65504, 0])
  }

  private func draw(_ family: Family, _ randomness: inout Randomness) -> Case {
    var drawn = Case()
    drawn.channels = randomness.int(1...40)
    drawn.filters = randomness.int(1...70)
    drawn.height = randomness.int(1...9)
    drawn.width = randomness.int(1...31)
    drawn.hasBias = !randomness.rarely(4)
    drawn.hasResidual = randomness.rarely(3)
    drawn.activation = [.none, .relu, .clip(minimum: -0.5, maximum: 1.5)][randomness.int(0...2)]
    drawn.window = Window(kernelHeight: randomness.int(1...3), kernelWidth: randomness.int(1...3))
    drawn.window.padTop = randomness.int(0...2)
    drawn.window.padLeft = randomness.int(0...2)
    drawn.window.padBottom = randomness.int(0...2)
    drawn.window.padRight = randomness.int(0...2)
    switch family {
    case .dense:
      drawn.window.kernelHeight = 3
      drawn.window.kernelWidth = 3
      drawn.filters = randomness.int(1...40)
      drawn.width = randomness.int(1...18)
    case .pointwise:
      drawn.window = Window(kernelHeight: 1, kernelWidth: 1)
      if randomness.rarely(4) { drawn.window.strideY = 2 }
      if randomness.rarely(4) { drawn.window.strideX = randomness.int(1...3) }
    case .strided:
      drawn.window.strideY = randomness.int(1...4)
      drawn.window.strideX = randomness.int(1...4)
      drawn.height = randomness.int(1...20)
    case .dilated:
      drawn.window.dilationY = randomness.int(1...3)
      drawn.window.dilationX = randomness.int(1...3)
      drawn.window.strideX = randomness.int(1...3)
      drawn.window.strideY = randomness.int(1...2)
    case .fewChannels:
      drawn.channels = randomness.int(1...3)
      drawn.window.kernelHeight = randomness.int(1...7)
      drawn.window.kernelWidth = randomness.int(1...7)
      drawn.window.strideX = randomness.int(1...2)
      drawn.window.strideY = randomness.int(1...2)
      drawn.height = randomness.int(1...30)
    case .narrowMaps:
      drawn.width = randomness.int(1...7)
      drawn.height = randomness.int(1...9)
      if randomness.rarely(2) { drawn.window = Window(kernelHeight: drawn.window.kernelHeight, kernelWidth: 1) }
    case .depthwise:
      drawn.groups = randomness.int(2...50)
      drawn.channels = drawn.groups
      drawn.filters = drawn.groups * (randomness.rarely(4) ? randomness.int(2...3) : 1)
      drawn.window.kernelHeight = randomness.int(1...5)
      drawn.window.kernelWidth = randomness.int(1...5)
      drawn.window.strideY = randomness.int(1...3)
      drawn.window.strideX = randomness.int(1...3)
      drawn.window.dilationY = randomness.int(1...2)
      drawn.window.dilationX = randomness.int(1...2)
    case .grouped:
      drawn.groups = randomness.int(2...5)
      let aligned = randomness.rarely(3) ? 16 : 1
      drawn.channels = drawn.groups * randomness.int(1...(aligned == 16 ? 2 : 20)) * aligned
      drawn.filters = drawn.groups * randomness.int(1...(aligned == 16 ? 2 : 20)) * aligned
      drawn.window.strideX = randomness.int(1...2)
      drawn.width = randomness.int(1...12)
    case .oneDimensional:
      drawn.height = 1
      drawn.window.kernelHeight = 1
      drawn.window.padTop = 0
      drawn.window.padBottom = 0
      drawn.window.kernelWidth = randomness.int(1...9)
      drawn.width = randomness.int(1...100)
    case .channelChunks:
      let isPointwise = randomness.rarely(2)
      drawn.window.kernelHeight = isPointwise ? 1 : 3
      drawn.window.kernelWidth = isPointwise ? 1 : 3
      if isPointwise { drawn.window = Window(kernelHeight: 1, kernelWidth: 1) }
      drawn.channels = isPointwise ? randomness.int(1025...1300) : randomness.int(113...200)
      drawn.filters = randomness.int(1...20)
      drawn.height = randomness.int(1...4)
      drawn.width = randomness.int(1...8)
    case .farTaps:
      // Their padded input would take gigabytes.
      drawn.groups = randomness.rarely(2) ? 2 : 1
      drawn.channels *= drawn.groups
      drawn.filters *= drawn.groups
      let far = randomness.int(3000...1 << 20)
      drawn.window = Window(
        kernelHeight: 3, kernelWidth: 3, strideX: randomness.int(1...2), dilationY: far, dilationX: far, padTop: far,
        padLeft: far + 1, padBottom: far, padRight: far)
      drawn.width = randomness.int(1...9)
    case .bands:
      drawn.channels = randomness.int(60...100)
      drawn.filters = randomness.int(1...2)
      drawn.height = randomness.int(30...50)
      drawn.width = randomness.int(40...60)
      if randomness.rarely(2) { drawn.window = Window(kernelHeight: 1, kernelWidth: 1) }
      drawn.window.strideX = randomness.int(1...2)
      drawn.window.strideY = randomness.int(1...2)
    }
    // The window must fit.
    let (reachY, reachX) = (
      (drawn.window.kernelHeight - 1) * drawn.window.dilationY + 1,
      (drawn.window.kernelWidth - 1) * drawn.window.dilationX + 1
    )
    drawn.height = max(drawn.height, reachY - drawn.window.padTop - drawn.window.padBottom)
    drawn.width = max(drawn.width, reachX - drawn.window.padLeft - drawn.window.padRight)
    return drawn
  }

  @Test func countsThePackedBytes() {
    let window = Window(kernelHeight: 3, kernelWidth: 3)
    for set in InstructionSet.available {
      let convolution = PackedConvolution(
        weights: Tensor(shape: [set.block + 1, 5, 3, 3]), bias: nil, window: window, groups: 1, activation: .none,
        on: set)
      // Rows are padded to a block, channels are not.
      #expect(convolution.byteCount == (2 * set.block * 5 * 9 + 2 * set.block) * 4)
    }
  }

  @Test func windowThatDoesNotFitGivesAnEmptyMap() {
    let window = Window(kernelHeight: 5, kernelWidth: 5)
    let convolution = PackedConvolution(weights: Tensor(shape: [2, 1, 5, 5]), bias: nil, window: window)
    #expect(convolution(FeatureMap(channels: 1, height: 4, width: 9)).shape == [1, 2, 0, 5])
  }
}
