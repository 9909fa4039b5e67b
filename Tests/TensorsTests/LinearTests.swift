import Testing

@testable import Tensors

@Suite struct LinearTests {
  @Test func equalsItsDefinition() {
    let seed: UInt64 = 99
    var randomness = Randomness(seed: seed)
    for round in 0..<300 {
      let (rows, inputs, outputs) = (
        randomness.rarely(2) ? 1 : randomness.int(0...9), randomness.int(1...70), randomness.int(1...30)
      )
      let x = randomness.tensor([rows, inputs])
      let w = randomness.tensor([outputs, inputs])
      let bias = randomness.rarely(3) ? nil : randomness.floats(outputs)
      let activation: Activation = [.none, .relu, .clip(minimum: -1, maximum: 1)][randomness.int(0...2)]
      let reference = products(x, w.transposed([1, 0]), bias).map { $0.clamped(by: activation) }
      for set in InstructionSet.available {
        let layer = PackedLinear(weights: w, bias: bias, activation: activation, on: set)
        let result = layer(x)
        #expect(result.shape == [rows, outputs])
        let wrong = difference(result.elements, reference)
        #expect(wrong == nil, "\(set), seed \(seed), round \(round): \(rows), \(inputs), \(outputs): \(wrong ?? "")")
        #expect(layer.byteCount == (outputs * inputs + (bias == nil ? 0 : outputs)) * 4)
      }
    }
  }

  @Test func matricesMultiplyInBatches() {
    var randomness = Randomness(seed: 5)
    for _ in 0..<100 {
      let (m, k, n) = (randomness.int(1...9), randomness.int(1...20), randomness.int(1...9))
      let a = randomness.tensor([2, 1, m, k])
      let b = randomness.tensor([3, k, n])
      let result = Tensor.matmul(a, b)
      #expect(result.shape == [2, 3, m, n])
      for i in 0..<2 {
        for j in 0..<3 {
          let left = a.selecting(indices: [i], axis: 0).reshaped(to: [m, k])
          let right = b.selecting(indices: [j], axis: 0).reshaped(to: [k, n])
          let part = result.selecting(indices: [i], axis: 0).selecting(indices: [j], axis: 1)
          let wrong = difference(part.elements, products(left, right, nil))
          #expect(wrong == nil, "\(m), \(k), \(n): \(wrong ?? "")")
        }
      }
    }
  }

  @Test func vectorsMultiplyAsMatricesOfOneRowOrColumn() {
    let matrix = Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
    let vector = Tensor(shape: [3], elements: [1, 10, 100])
    let column = Tensor.matmul(matrix, vector)
    #expect(column.shape == [2] && column.elements == [321, 654])
    let row = Tensor.matmul(Tensor(shape: [2], elements: [1, 10]), matrix)
    #expect(row.shape == [3] && row.elements == [41, 52, 63])
    let product = Tensor.matmul(vector, vector)
    #expect(product.shape == [] && product.elements == [10101])
  }

  /// [M, K] x [K, N], plus a bias of N.
  private func products(_ a: Tensor, _ b: Tensor, _ bias: [Float]?) -> [ReferenceValue] {
    var result: [ReferenceValue] = []
    for i in 0..<a.shape[0] {
      for j in 0..<b.shape[1] {
        var sum = ReferenceValue()
        for k in 0..<a.shape[1] { sum.add(Double(a[i * a.shape[1] + k]) * Double(b[k * b.shape[1] + j])) }
        sum.add(Double(bias?[j] ?? 0))
        result.append(sum)
      }
    }
    return result
  }
}
