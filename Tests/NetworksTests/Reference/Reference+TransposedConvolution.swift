import Networks

extension Reference {
  /// Scatters the kernel for each input element, then cuts the pads off.
  func transposedConvolution() -> Values {
    let weights = inputs[1]!
    let groups = integer("group", 1)
    let (rank, rowsPerGroup) = (x.shape.count - 2, weights.shape[1])
    let strides = list("strides") ?? [Int](repeating: 1, count: rank)
    let dilations = list("dilations") ?? [Int](repeating: 1, count: rank)
    let added = list("output_padding") ?? [Int](repeating: 0, count: rank)
    var before = list("pads") ?? [Int](repeating: 0, count: 2 * rank)
    var extents: [Int] = []
    for d in 0..<rank {
      let whole = (x.shape[2 + d] - 1) * strides[d] + added[d] + (weights.shape[2 + d] - 1) * dilations[d] + 1
      var wanted = list("output_shape")?[d]
      var isUpper = false
      if case .string(let mode) = node.attributes["auto_pad"], mode.hasPrefix("SAME") {
        wanted = wanted ?? x.shape[2 + d] * strides[d]
        isUpper = mode == "SAME_UPPER"
      }
      if let wanted {
        let total = Swift.max(whole - wanted, 0)
        before[d] = isUpper ? total / 2 : (total + 1) / 2
        extents.append(wanted)
      } else {
        extents.append(whole - before[d] - before[rank + d])
      }
    }
    let shape = [x.shape[0], rowsPerGroup * groups] + extents
    var sums: [[Int]: Double] = [:]
    Values.forEachIndex(of: x.shape) { place in
      let group = place[1] / (x.shape[1] / groups)
      Values.forEachIndex(of: Array(weights.shape[1...])) { tap in
        let target = (0..<rank).map { (d: Int) -> Int in
          let corner = place[2 + d] * strides[d]
          return corner + tap[1 + d] * dilations[d] - before[d]
        }
        guard zip(target, extents).allSatisfy({ $0 >= 0 && $0 < $1 }) else { return }
        let row = group * rowsPerGroup + tap[0]
        sums[[place[0], row] + target, default: 0] += x[place] * weights[[place[1]] + tap]
      }
    }
    let bias = inputs.count > 2 ? inputs[2]?.elements : nil
    return Values(shape) { index in
      let sum = sums[index] ?? 0
      return sum + (bias?[index[1]] ?? 0)
    }
  }
}
