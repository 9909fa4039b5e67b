import Networks

extension Reference {
  func concatenated() -> Values {
    let given = inputs.compactMap { $0 }
    let own = axis(integer("axis", 0), given[0].shape.count)
    var shape = given[0].shape
    shape[own] = given.reduce(0) { $0 + $1.shape[own] }
    return Values(shape) { index in
      var source = index
      for operand in given {
        if source[own] < operand.shape[own] { return operand[source] }
        source[own] -= operand.shape[own]
      }
      return .nan
    }
  }

  func sliced() -> Values {
    let starts = list("starts", orInput: 1)!
    let ends = list("ends", orInput: 2)!
    let axes = list("axes", orInput: 3) ?? Array(starts.indices)
    let steps = list("steps", orInput: 4) ?? starts.map { _ in 1 }
    var result = x
    for (i, a) in axes.enumerated() {
      let own = axis(a, x.shape.count)
      let extent = x.shape[own]
      // Walk from the start as long as the end is not reached and the index is there.
      var position = starts[i] < 0 ? starts[i] + extent : starts[i]
      let end = ends[i] < 0 ? Swift.max(ends[i] + extent, -1) : ends[i]
      if steps[i] > 0 { position = Swift.max(position, 0) } else { position = Swift.min(position, extent - 1) }
      var indices: [Int] = []
      while steps[i] > 0 ? position < Swift.min(end, extent) : position > end {
        indices.append(position)
        position += steps[i]
      }
      result = result.selecting(indices, axis: own)
    }
    return result
  }

  func padded() -> Values {
    let axes = (list("axes", orInput: 3) ?? Array(x.shape.indices)).map { axis($0, x.shape.count) }
    let pads = list("pads", orInput: 1)!
    let value = number(atInput: 2) ?? float("value", 0)
    var shape = x.shape
    var before = shape.map { _ in 0 }
    for (i, a) in axes.enumerated() {
      before[a] = pads[i]
      shape[a] += pads[i] + pads[axes.count + i]
    }
    return Values(shape) { index in
      let source = zip(index, before).map { $0 - $1 }
      var mode = "constant"
      if case .string(let word) = node.attributes["mode"] { mode = word }
      guard mode != "constant" else {
        return zip(source, x.shape).allSatisfy { $0 >= 0 && $0 < $1 } ? x[source] : value
      }
      return x[
        source.indices.map { a in
          // What is cut is gone before anything is repeated.
          let first = Swift.max(0, -before[a])
          let last = Swift.min(x.shape[a], shape[a] - before[a]) - 1
          var i = source[a]
          while i < first || i > last {
            switch mode {
            case "edge": i = i < first ? first : last
            case "wrap": i += i < first ? last - first + 1 : first - last - 1
            default: i = first == last ? first : i < first ? 2 * first - i : 2 * last - i
            }
          }
          return i
        }]
    }
  }

  func depthToSpace() -> Values {
    let b = integer("blocksize", 1)
    var isCRD = false
    if case .string("CRD") = node.attributes["mode"] { isCRD = true }
    let channels = x.shape[1] / (b * b)
    return Values([x.shape[0], channels, x.shape[2] * b, x.shape[3] * b]) { index in
      let place = index[2] % b * b + index[3] % b
      let channel = isCRD ? index[1] * b * b + place : place * channels + index[1]
      return x[[index[0], channel, index[2] / b, index[3] / b]]
    }
  }

  func spaceToDepth() -> Values {
    let b = integer("blocksize", 1)
    let channels = x.shape[1]
    return Values([x.shape[0], channels * b * b, x.shape[2] / b, x.shape[3] / b]) { index in
      let pixelsTogether = node.attributes["mode"] == .string("CRD")
      let place = pixelsTogether ? index[1] % (b * b) : index[1] / channels
      let channel = pixelsTogether ? index[1] / (b * b) : index[1] % channels
      return x[[index[0], channel, index[2] * b + place / b, index[3] * b + place % b]]
    }
  }

  func reshapedShape() -> [Int] {
    let rank = x.shape.count
    switch node.operatorType {
    case "Flatten":
      let own = axis(integer("axis", 1), rank)
      return [product(x.shape[..<own]), product(x.shape[own...])]
    case "Squeeze":
      let axes = list("axes", orInput: 1)?.map { axis($0, rank) } ?? x.shape.indices.filter { x.shape[$0] == 1 }
      return x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
    case "Unsqueeze":
      let axes = list("axes", orInput: 1)!
      var shape = x.shape
      for own in axes.map({ axis($0, rank + axes.count) }).sorted() { shape.insert(1, at: own) }
      return shape
    default:
      var shape = list("shape", orInput: 1)!
      for (i, extent) in shape.enumerated() where extent == 0 && integer("allowzero", 0) == 0 { shape[i] = x.shape[i] }
      if let free = shape.firstIndex(of: -1) { shape[free] = x.elements.count / -product(shape) }
      return shape
    }
  }

  func split() -> [Values] {
    let own = axis(integer("axis", 0), x.shape.count)
    let part = (x.shape[own] + node.outputs.count - 1) / node.outputs.count
    var start = 0
    return node.outputs.indices.map { i in
      let size = list("split", orInput: 1)?[i] ?? Swift.min(part, x.shape[own] - start)
      defer { start += size }
      return x.selecting(Array(start..<start + size), axis: own)
    }
  }

  func gathered() -> Values {
    let indices = inputs[1]!
    let own = axis(integer("axis", 0), x.shape.count)
    let rank = indices.shape.count
    return Values(Array(x.shape[..<own]) + indices.shape + Array(x.shape[(own + 1)...])) { index in
      let wanted = Int(indices[Array(index[own..<own + rank])])
      let resolved = wanted < 0 ? wanted + x.shape[own] : wanted
      return x[Array(index[..<own]) + [resolved] + Array(index[(own + rank)...])]
    }
  }
}
