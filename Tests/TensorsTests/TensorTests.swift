import Glibc
import Testing

@testable import Tensors

@Suite struct TensorTests {
  /// Elements 0, 1, 2, ...
  private func counting(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, elements: (0..<shape.elementCount).map(Float.init))
  }

  /// The element at an index of each axis.
  private func element(_ tensor: Tensor, _ index: [Int]) -> Float {
    tensor[zip(index, tensor.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }]
  }

  private func indices(of shape: Shape) -> [[Int]] {
    shape.dimensions.reduce([[]]) { partial, extent in partial.flatMap { head in (0..<extent).map { head + [$0] } } }
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1]]) func axesTranspose(permutation: [Int]) {
    let tensor = counting([2, 3, 4])
    let result = tensor.transposed(permutation)
    #expect(result.shape == Shape(permutation.map { tensor.shape[$0] }))
    for index in indices(of: result.shape) {
      var original = [0, 0, 0]
      for (axis, from) in permutation.enumerated() { original[from] = index[axis] }
      #expect(element(result, index) == element(tensor, original))
    }
  }

  @Test(arguments: [0, 1, 2]) func indicesSelect(axis: Int) {
    let tensor = counting([3, 4, 5])
    let picked = [2, 0, 2]
    let result = tensor.selecting(indices: picked, axis: axis)
    #expect(result.shape[axis] == 3)
    for index in indices(of: result.shape) {
      var original = index
      original[axis] = picked[index[axis]]
      #expect(element(result, index) == element(tensor, original))
    }
    #expect(tensor.selecting(indices: [], axis: axis).count == 0)
  }

  @Test func slicesStepForwardAndBackward() {
    let tensor = counting([4, 6])
    #expect(tensor.sliced(starts: [1], ends: [3], steps: [1], axes: [0]).elements == Array(6..<18).map(Float.init))
    #expect(
      tensor.sliced(starts: [0, 1], ends: [4, 6], steps: [3, 2], axes: [0, 1]).elements == [1, 3, 5, 19, 21, 23])
    #expect(
      tensor.sliced(starts: [5, 3], ends: [-1, 1], steps: [-2, -1], axes: [1, 0]).elements == [23, 21, 19, 17, 15, 13])
    let empty = tensor.sliced(starts: [3], ends: [3], steps: [1], axes: [1])
    #expect(empty.shape == [4, 0] && empty.count == 0)
  }

  @Test(arguments: [0, 1, 2]) func tensorsConcatenate(axis: Int) {
    var (a, b): (Shape, Shape) = ([2, 3, 4], [2, 3, 4])
    a[axis] = 2
    b[axis] = 5
    let (x, y) = (counting(a), counting(b))
    let result = Tensor.concatenating([x, y], axis: axis)
    for index in indices(of: result.shape) {
      var other = index
      other[axis] -= 2
      #expect(element(result, index) == (index[axis] < 2 ? element(x, index) : element(y, other)))
    }
    #expect(Tensor.concatenating([Tensor(shape: [0, 3]), Tensor(shape: [0, 3])], axis: 1).shape == [0, 6])
  }

  @Test func bordersPadAndCrop() {
    let tensor = counting([2, 2])
    #expect(
      tensor.padded(before: [1, 0], after: [0, 2], value: 9).elements == [9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9, 9])
    #expect(counting([3, 4]).padded(before: [-1, 1], after: [0, -2], value: 9).elements == [9, 4, 5, 9, 8, 9])
    #expect(tensor.padded(before: [0, -2], after: [0, 1], value: 7).elements == [7, 7])
    #expect(counting([]).padded(before: [], after: [], value: 1).elements == [0])
  }

  @Test(
    arguments: [([3, 4], [3, 4]), ([3, 4], [4]), ([3, 1], [1, 4]), ([], [2, 3]), ([2, 1, 4], [3, 1])]
      as [(Shape, Shape)])
  func tensorsBroadcast(_ a: Shape, _ b: Shape) throws {
    var randomness = Randomness(seed: 21)
    let (x, y) = (randomness.tensor(a), randomness.tensor(b))
    let shape = try #require(Tensor.broadcast(a, b))
    let (left, right) = (x.broadcasted(to: shape), y.broadcasted(to: shape))
    for index in indices(of: shape) {
      let tail = index.suffix(a.rank)
      #expect(element(left, index) == element(x, zip(tail, a.dimensions).map { $1 == 1 ? 0 : $0 }))
    }
    let cases: [(Tensor.Arithmetic, (Float, Float) -> Float)] = [
      (.add, +), (.subtract, -), (.multiply, *), (.divide, /),
    ]
    for (arithmetic, function) in cases {
      let expected = zip(left.elements, right.elements).map(function)
      #expect(Tensor.combining(x, y, arithmetic).elements == expected)
      #expect(Tensor.combining(x, y, arithmetic).shape == shape)
      #expect(Tensor.combining(x, y, function).elements == expected)
    }
  }

  @Test func shapesThatDoNotBroadcast() {
    #expect(Tensor.broadcast([2, 3], [2]) == nil)
    #expect(Tensor.broadcast([0, 3], [1, 1]) == [0, 3])
  }

  @Test(arguments: [0, 1, 2]) func softmaxSumsToOne(axis: Int) {
    var randomness = Randomness(seed: 22)
    let tensor = randomness.tensor([2, 3, 4]).map { $0 * 200 }
    let result = tensor.softmax(axis: axis)
    let sums = result.reduced(.sum, axes: [axis], keepDims: false)
    #expect(sums.elements.allSatisfy { abs($0 - 1) < 1e-6 })
    let largest = tensor.reduced(.maximum, axes: [axis], keepDims: true)
    for index in indices(of: tensor.shape) {
      var first = index
      first[axis] = 0
      var total = 0.0
      for other in 0..<tensor.shape[axis] {
        first[axis] = other
        total += exp(Double(element(tensor, first)))
      }
      let expected = exp(Double(element(tensor, index))) / total
      #expect(abs(Double(element(result, index)) - expected) <= 1e-5 * expected + 1e-30)
    }
    #expect(largest.shape[axis] == 1)
  }

  @Test func axesReduce() {
    let tensor = counting([2, 3, 4])
    let mean = tensor.mean(axes: [0, 2], keepDims: true)
    #expect(mean.shape == [1, 3, 1] && mean.elements == [7.5, 11.5, 15.5])
    #expect(tensor.mean(axes: [2, 0], keepDims: false).shape == [3])
    #expect(tensor.reduced(.sum, axes: [1], keepDims: false).elements == [12, 15, 18, 21, 48, 51, 54, 57])
    #expect(tensor.reduced(.maximum, axes: [0, 1, 2], keepDims: false).elements == [23])
    #expect(tensor.reduced(.minimum, axes: [2], keepDims: false).elements == [0, 4, 8, 12, 16, 20])
  }

  @Test func copiesDoNotShareWrites() {
    let first = counting([4])
    var second = first
    second[0] = 9
    #expect(first[0] == 0 && second[0] == 9)
  }

  @Test func hugeShapesAreRefused() {
    #expect(Shape([1 << 40, 1 << 40]).checkedElementCount() == nil)
    #expect(Shape([3, -1]).checkedElementCount() == nil)
    #expect(Shape([3, 0, 1 << 50]).checkedElementCount() == 0)
  }
}
