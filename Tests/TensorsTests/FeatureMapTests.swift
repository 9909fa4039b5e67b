import Testing

@testable import Tensors

@Test func convolutionOfOnesCountsItsTaps() {
  let map = FeatureMap(Tensor(shape: [1, 3, 4, 4], repeating: 1))
  let window = Window(kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
  let sum = PackedConvolution(weights: Tensor(shape: [2, 3, 3, 3], repeating: 1), bias: [0, 1], window: window)
  let result = sum(map).tensor()
  #expect(result.shape == [1, 2, 4, 4])
  #expect(result.elements.prefix(4) == [12, 18, 18, 12])
  #expect(result[16] == 13)
}
