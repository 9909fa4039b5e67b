import Networks
import Tensors

/// A tensor of the plain reference: double precision, row-major, indexed by lists. Slow and obvious.
struct Values {
  var shape: [Int]
  var elements: [Double]

  init(_ shape: [Int], _ elements: [Double]) {
    self.shape = shape
    self.elements = elements
  }

  /// Each element from its index.
  init(_ shape: [Int], at element: ([Int]) -> Double) {
    self.shape = shape
    elements = []
    Values.forEachIndex(of: shape) { elements.append(element($0)) }
  }

  init(_ tensor: Tensor) { self.init(tensor.shape.dimensions, tensor.elements.map(Double.init)) }

  init(_ constant: Constant) {
    switch constant {
    case .float(let tensor): self.init(tensor)
    case .integer(let tensor): self.init(tensor.shape.dimensions, tensor.elements.map(Double.init))
    }
  }

  var integers: [Int] { elements.map { Int($0) } }

  subscript(index: [Int]) -> Double {
    var offset = 0
    for (extent, i) in zip(shape, index) { offset = offset * extent + i }
    return elements[offset]
  }

  /// The element at an index of a larger shape that this one is broadcast to.
  func broadcast(at index: [Int]) -> Double {
    let own = index.suffix(shape.count)
    return self[zip(own, shape).map { $1 == 1 ? 0 : $0 }]
  }

  static func forEachIndex(of shape: [Int], _ body: ([Int]) -> Void) {
    if shape.contains(0) { return }
    var index = [Int](repeating: 0, count: shape.count)
    while true {
      body(index)
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  func selecting(_ indices: [Int], axis: Int) -> Values {
    var result = shape
    result[axis] = indices.count
    return Values(result) { index in
      var source = index
      source[axis] = indices[index[axis]]
      return source[axis] < 0 ? 0 : self[source]
    }
  }
}

func product(_ factors: some Sequence<Int>) -> Int { factors.reduce(1, *) }
