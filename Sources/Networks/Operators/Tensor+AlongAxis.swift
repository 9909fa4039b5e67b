import Tensors

extension Tensor {
  /// The elements as one number for each index along `axis` of `shape`, where this broadcasts to it along that axis
  /// alone, or is one number for all.
  func numbers(alongAxis axis: Int, of shape: Shape) -> [Float]? {
    guard self.shape.rank <= shape.rank, count == 1 || count == shape[axis] else { return nil }
    if count == 1 { return [Float](repeating: self[0], count: shape[axis]) }
    let padded = [Int](repeating: 1, count: shape.rank - self.shape.rank) + self.shape.dimensions
    return padded[axis] == shape[axis] ? elements : nil
  }
}
