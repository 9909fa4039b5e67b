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

  @Test func packsForSeveralRowsAndInAnyType() {
    let seed: UInt64 = 41
    var randomness = Randomness(seed: seed)
    for round in 0..<200 {
      let (rows, inputs, outputs) = (randomness.int(0...40), randomness.int(1...500), randomness.int(1...100))
      let type = WeightType.allCases[randomness.int(0...2)]
      let x = randomness.tensor([rows, inputs])
      // Numbers that all types hold exactly.
      let w = Tensor(
        shape: [inputs, outputs], elements: randomness.floats(inputs * outputs).map { ($0 * 64).rounded() })
      let (bias, residual) = (randomness.floats(outputs), randomness.tensor([rows, outputs]))
      var reference = products(x, w, bias)
      for index in reference.indices { reference[index].add(Double(residual[index])) }
      reference = reference.map { $0.clamped(by: .relu) }
      let transposed = randomness.rarely(2)
      for set in InstructionSet.available {
        let layer = PackedLinear(
          weights: transposed ? w : w.transposed([1, 0]), bias: bias, activation: .relu, rows: randomness.int(1...2),
          transposed: transposed, storedAs: type, on: set)
        let wrong = difference(layer(x, adding: residual).elements, reference)
        #expect(
          wrong == nil, "\(set), \(type), seed \(seed), round \(round): \(rows), \(inputs), \(outputs): \(wrong ?? "")")
        #expect(layer.byteCount >= outputs * (inputs * type.byteCount + 4))
      }
    }
  }

  @Test func transposedOperandsMultiplyAsCopiesOfThemDo() {
    var randomness = Randomness(seed: 6)
    for _ in 0..<100 {
      let (m, k, n) = (randomness.int(1...40), randomness.int(1...70), randomness.int(1...70))
      let (a, b) = (randomness.tensor([m, k]), randomness.tensor([k, n]))
      let reference = products(a, b, nil)
      let results = [
        Tensor.matmul(a.transposed([1, 0]), b, transposingLeft: true),
        Tensor.matmul(a, b.transposed([1, 0]), transposingRight: true),
        Tensor.matmul(a.transposed([1, 0]), b.transposed([1, 0]), transposingLeft: true, transposingRight: true),
        Tensor.matmul(a, b, scale: 2).map { $0 / 2 },
      ]
      for result in results {
        #expect(result.shape == [m, n])
        let wrong = difference(result.elements, reference)
        #expect(wrong == nil, "\(m), \(k), \(n): \(wrong ?? "")")
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
