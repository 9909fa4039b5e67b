import Tensors

extension Shape {
  /// Calls `body` with each index in row-major order.
  func forEachIndex<E: Error>(_ body: ([Int]) throws(E) -> Void) throws(E) {
    guard !dimensions.contains(0) else { return }
    var index = [Int](repeating: 0, count: rank)
    while true {
      try body(index)
      var axis = rank - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < dimensions[axis] { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// The place of an index in row-major order; `strides` are the shape's own.
  static func position(_ index: some Sequence<Int>, _ strides: some Sequence<Int>) -> Int {
    zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
