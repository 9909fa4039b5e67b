import Testing

@testable import Tensors

/// The transposed convolution of every instruction set against its definition: each input element scatters the kernel.
@Suite struct TransposedConvolutionTests {
  struct Case: CustomStringConvertible {
    var channels, filtersPerGroup, groups: Int
    var input, output: (height: Int, width: Int)
    var window: Window
    var activation = Activation.none
    var hasBias = true

    var description: String {
      "\(channels) x \(input) to \(filtersPerGroup) x \(output) in each of \(groups) groups, \(window), \(activation)"
    }
  }

  @Test func equalsItsDefinition() {
    let seed: UInt64 = 20_261_121
    var randomness = Randomness(seed: seed)
    for round in 0..<200 {
      let drawn = draw(&randomness)
      check(drawn, &randomness, "seed \(seed), \(round): \(drawn)")
    }
  }

  private func draw(_ randomness: inout Randomness) -> Case {
    func int(_ range: ClosedRange<Int>) -> Int { randomness.int(range) }
    let groups = [1, 1, 1, 2, 3][int(0...4)]
    let depthwise = randomness.rarely(5)
    let channels = depthwise ? int(1...20) : groups * int(1...18)
    var window = Window(
      kernelHeight: int(1...5), kernelWidth: int(1...5), strideY: int(1...4), strideX: int(1...4),
      dilationY: int(1...3), dilationX: int(1...3))
    // Also so large that nothing but the border, which no tap reaches, is left.
    window.padTop = int(0...3)
    window.padLeft = int(0...3)
    return Case(
      channels: channels, filtersPerGroup: depthwise ? int(1...2) : int(1...20), groups: depthwise ? channels : groups,
      input: (int(1...6), int(1...6)), output: (int(1...25), int(1...25)), window: window,
      activation: [.none, .relu, .clip(minimum: -0.5, maximum: 1.5)][int(0...2)], hasBias: !randomness.rarely(4))
  }

  private func check(_ drawn: Case, _ randomness: inout Randomness, _ name: String) {
    let window = drawn.window
    let input = randomness.tensor([1, drawn.channels, drawn.input.height, drawn.input.width])
    let weights = randomness.tensor(
      [drawn.channels, drawn.filtersPerGroup, window.kernelHeight, window.kernelWidth])
    let bias = drawn.hasBias ? randomness.floats(drawn.filtersPerGroup * drawn.groups) : nil
    let reference = reference(drawn, input: input.elements, weights: weights.elements, bias: bias)
    for set in InstructionSet.available {
      let convolution = PackedTransposedConvolution(
        weights: weights, bias: bias, window: window, groups: drawn.groups, input: drawn.input, output: drawn.output,
        activation: drawn.activation, on: set)
      let result = convolution(FeatureMap(soiled: input, on: set))
      let wrong = difference(result.tensor().elements, reference)
      #expect(wrong == nil, "\(set), \(name): \(wrong ?? "")")
      #expect(result.isFinite, "\(set), \(name)")
    }
  }

  private func reference(_ drawn: Case, input: [Float], weights: [Float], bias: [Float]?) -> [ReferenceValue] {
    let (window, filters) = (drawn.window, drawn.filtersPerGroup)
    let outputs = filters * drawn.groups
    let area = drawn.output.height * drawn.output.width
    var sums = [ReferenceValue](repeating: ReferenceValue(), count: outputs * area)
    for index in sums.indices { sums[index].add(Double(bias?[index / area] ?? 0)) }
    for channel in 0..<drawn.channels {
      let group = channel / (drawn.channels / drawn.groups)
      for y in 0..<drawn.input.height {
        for x in 0..<drawn.input.width {
          let element = Double(input[(channel * drawn.input.height + y) * drawn.input.width + x])
          for filter in 0..<filters {
            for ky in 0..<window.kernelHeight {
              for kx in 0..<window.kernelWidth {
                let oy = y * window.strideY + ky * window.dilationY - window.padTop
                let ox = x * window.strideX + kx * window.dilationX - window.padLeft
                guard oy >= 0, oy < drawn.output.height, ox >= 0, ox < drawn.output.width else { continue }
                let weight = ((channel * filters + filter) * window.kernelHeight + ky) * window.kernelWidth + kx
                let place = (group * filters + filter) * area + oy * drawn.output.width + ox
                sums[place].add(element * Double(weights[weight]))
              }
            }
          }
        }
      }
    }
    return sums.map { $0.clamped(by: drawn.activation) }
  }
}
