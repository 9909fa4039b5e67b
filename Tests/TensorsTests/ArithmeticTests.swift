import Glibc
import Testing

@testable import Tensors

/// Element-wise and channel-wise operations on maps.
@Suite struct ArithmeticTests {
  static let extents: [Shape] = [[1, 1, 1, 1], [1, 3, 5, 7], [1, 16, 4, 4], [1, 37, 3, 9]]

  @Test(arguments: extents) func elementsAddMultiplyAndClamp(shape: Shape) {
    var randomness = Randomness(seed: 11)
    let (a, b) = (randomness.tensor(shape), randomness.tensor(shape))
    let sum = zip(a.elements, b.elements).map { $0 + $1 }
    let product = zip(a.elements, b.elements).map { $0 * $1 }
    for set in InstructionSet.available {
      let (x, y) = (FeatureMap(soiled: a, on: set), FeatureMap(b, on: set))
      #expect(x.adding(y).tensor().elements == sum)
      #expect(x.adding(y, activation: .relu).tensor().elements == sum.map { max($0, 0) })
      #expect(x.multiplied(by: y).tensor().elements == product)
      #expect(
        x.applying(.clip(minimum: -0.25, maximum: 0.5)).tensor().elements
          == a.elements.map { min(max($0, -0.25), 0.5) })
      #expect(x.applying(.none).tensor().elements == a.elements)
      let mapped = x.mapElements { 1 / ($0 + 2) }
      #expect(mapped.tensor().elements == a.elements.map { 1 / ($0 + 2) })
      #expect(mapped.isFinite)
    }
  }

  @Test(arguments: extents) func channelsScale(shape: Shape) {
    var randomness = Randomness(seed: 12)
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    let tensor = randomness.tensor(shape)
    let (scale, shift) = (randomness.floats(channels), randomness.floats(channels))
    let reference = (0..<tensor.count).map { index in
      var value = ReferenceValue()
      value.add(Double(tensor[index]) * Double(scale[index / pixels]))
      value.add(Double(shift[index / pixels]))
      return value
    }
    for set in InstructionSet.available {
      let map = FeatureMap(soiled: tensor, on: set)
      let wrong = difference(map.scaled(by: scale, shift: shift).tensor().elements, reference)
      #expect(wrong == nil, "\(set): \(wrong ?? "")")
      // A map of one pixel stands for all pixels.
      let pixel = FeatureMap(Tensor(shape: [1, channels, 1, 1], elements: scale), on: set)
      #expect(
        map.multiplied(by: pixel).tensor().elements
          == (0..<tensor.count).map { tensor[$0] * scale[$0 / pixels] })
      #expect(
        map.adding(pixel, activation: .relu).tensor().elements
          == (0..<tensor.count).map { max(tensor[$0] + scale[$0 / pixels], 0) })
    }
  }

  @Test(arguments: [(size: 5, beta: Float(0.75)), (size: 4, beta: 0.75), (size: 3, beta: 0.6), (size: 1, beta: 1)])
  func responsesNormalize(_ row: (size: Int, beta: Float)) {
    var randomness = Randomness(seed: 13)
    let (size, alpha, bias) = (row.size, Float(0.5), Float(2))
    for channels in [1, 4, 16, 21] {
      let tensor = randomness.tensor([1, channels, 2, 3])
      let reference = (0..<tensor.count).map { index in
        let (channel, pixel) = (index / 6, index % 6)
        var sum = 0.0
        let first = channel - (size - 1) / 2
        for other in first..<(first + size) where other >= 0 && other < channels {
          sum += Double(tensor[other * 6 + pixel]) * Double(tensor[other * 6 + pixel])
        }
        var value = ReferenceValue()
        value.add(Double(tensor[index]) / pow(Double(bias) + Double(alpha) / Double(size) * sum, Double(row.beta)))
        return value
      }
      for set in InstructionSet.available {
        let result = FeatureMap(soiled: tensor, on: set).localResponseNormalized(
          size: size, alpha: alpha, beta: row.beta, bias: bias)
        let wrong = difference(result.tensor().elements, reference)
        #expect(wrong == nil, "\(set), \(channels) channels: \(wrong ?? "")")
        #expect(result.isFinite)
      }
    }
  }
}
