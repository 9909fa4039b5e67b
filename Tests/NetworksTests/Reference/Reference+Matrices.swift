import Foundation
import Networks

extension Reference {
  func gemm() -> Values {
    let (a, b) = (inputs[0]!, inputs[1]!)
    let (transA, transB) = (integer("transA", 0) == 1, integer("transB", 0) == 1)
    let rows = transA ? a.shape[1] : a.shape[0]
    let columns = transB ? b.shape[0] : b.shape[1]
    let inner = transA ? a.shape[0] : a.shape[1]
    return Values([rows, columns]) { index in
      var sum = 0.0
      for k in 0..<inner {
        sum += a[transA ? [k, index[0]] : [index[0], k]] * b[transB ? [index[1], k] : [k, index[1]]]
      }
      let bias = inputs.count > 2 ? inputs[2]?.broadcast(at: index) ?? 0 : 0
      return float("alpha", 1) * sum + float("beta", 1) * bias
    }
  }

  func matrixProduct() -> Values {
    var (a, b) = (inputs[0]!, inputs[1]!)
    let (isRow, isColumn) = (a.shape.count == 1, b.shape.count == 1)
    if isRow { a.shape = [1] + a.shape }
    if isColumn { b.shape.append(1) }
    let inner = a.shape.last!
    let rank = Swift.max(a.shape.count, b.shape.count) - 2
    func leading(_ shape: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - (shape.count - 2)) + shape.dropLast(2)
    }
    let batch = zip(leading(a.shape), leading(b.shape)).map { Swift.max($0, $1) }
    var result = Values(batch + [a.shape[a.shape.count - 2], b.shape.last!]) { index in
      (0..<inner).reduce(0.0) { sum, k in
        var (left, right) = (index, index)
        left[rank + 1] = k
        right[rank] = k
        return sum + a.broadcast(at: left) * b.broadcast(at: right)
      }
    }
    if isColumn { result.shape.removeLast() }
    if isRow { result.shape.remove(at: isColumn ? result.shape.count - 1 : result.shape.count - 2) }
    return result
  }
}
