import Testing

@testable import Tensors

@Suite struct PoolingTests {
  @Test func equalsItsDefinition() {
    let seed: UInt64 = 42
    var randomness = Randomness(seed: seed)
    for round in 0..<300 {
      var window = Window(kernelHeight: randomness.int(1...4), kernelWidth: randomness.int(1...4))
      window.strideY = randomness.int(1...3)
      window.strideX = randomness.int(1...3)
      window.dilationY = randomness.int(1...2)
      window.dilationX = randomness.int(1...2)
      window.padTop = randomness.int(0...2)
      window.padLeft = randomness.int(0...2)
      window.padBottom = randomness.int(0...2)
      window.padRight = randomness.int(0...2)
      let ceil = randomness.rarely(2)
      let input = randomness.tensor(
        [1, randomness.int(1...35), randomness.int(1...12), randomness.int(1...12)])
      let name = "seed \(seed), round \(round): \(input.shape), \(window), ceil \(ceil)"
      let largest = ReferenceWindows.pool(input, window: window, ceil: ceil, .max)
      let mean = ReferenceWindows.pool(input, window: window, ceil: ceil, .average)
      let padded = ReferenceWindows.pool(input, window: window, ceil: ceil, .averageWithPadding)
      for set in InstructionSet.available {
        let map = FeatureMap(soiled: input, on: set)
        for (result, reference) in [
          (map.maxPooled(window, ceil: ceil), largest),
          (map.averagePooled(window, ceil: ceil, countsPadding: false), mean),
          (map.averagePooled(window, ceil: ceil, countsPadding: true), padded),
        ] {
          let wrong = difference(result.tensor().elements, reference)
          #expect(wrong == nil, "\(set), \(name): \(wrong ?? "")")
        }
      }
    }
  }

  @Test func globalPoolingTakesTheWholeMap() {
    var randomness = Randomness(seed: 7)
    for set in InstructionSet.available {
      for channels in [1, 7, 8, 16, 33] {
        let input = randomness.tensor([1, channels, 5, 7])
        let whole = Window(kernelHeight: 5, kernelWidth: 7)
        let map = FeatureMap(soiled: input, on: set)
        let mean = difference(
          map.globalAveragePooled().tensor().elements,
          ReferenceWindows.pool(input, window: whole, ceil: false, .average))
        #expect(mean == nil, "\(set), \(channels) channels: \(mean ?? "")")
        let largest = difference(
          map.globalMaxPooled().tensor().elements, ReferenceWindows.pool(input, window: whole, ceil: false, .max))
        #expect(largest == nil, "\(set), \(channels) channels: \(largest ?? "")")
      }
    }
  }

  /// Extents, kernel, stride, paddings, with and without ceil: worked by hand from ONNX's definition.
  @Test(arguments: [
    (extent: 55, kernel: 3, stride: 2, before: 0, after: 0, floor: 27, ceil: 27),
    (extent: 56, kernel: 3, stride: 2, before: 0, after: 0, floor: 27, ceil: 28),
    (extent: 5, kernel: 2, stride: 2, before: 1, after: 0, floor: 3, ceil: 3),
    // The fourth window would start behind the input.
    (extent: 4, kernel: 1, stride: 2, before: 0, after: 1, floor: 3, ceil: 2),
    (extent: 2, kernel: 3, stride: 1, before: 0, after: 0, floor: 0, ceil: 0),
    (extent: 7, kernel: 7, stride: 3, before: 0, after: 0, floor: 1, ceil: 1),
  ])
  func outputExtents(_ row: (extent: Int, kernel: Int, stride: Int, before: Int, after: Int, floor: Int, ceil: Int)) {
    var window = Window(kernelHeight: row.kernel, kernelWidth: row.kernel, strideY: row.stride, strideX: row.stride)
    window.padTop = row.before
    window.padLeft = row.before
    window.padBottom = row.after
    window.padRight = row.after
    #expect(window.outputHeight(row.extent) == row.floor)
    #expect(window.outputWidth(row.extent) == row.floor)
    #expect(window.outputHeight(row.extent, ceil: true) == row.ceil)
    #expect(window.outputWidth(row.extent, ceil: true) == row.ceil)
  }
}
