import Foundation
import Networks

extension Reference {
  /// Comparisons, logic and conversions, element by element.
  func comparisons() -> Values? {
    func truth(_ holds: Bool) -> Double { holds ? 1 : 0 }
    switch node.operatorType {
    case "Equal": return combined { truth($0 == $1) }
    case "Greater": return combined { truth($0 > $1) }
    case "GreaterOrEqual": return combined { truth($0 >= $1) }
    case "Less": return combined { truth($0 < $1) }
    case "LessOrEqual": return combined { truth($0 <= $1) }
    case "And": return combined { $0 * $1 }
    case "Or": return combined { Swift.max($0, $1) }
    case "Xor": return combined { abs($0 - $1) }
    case "Not": return mapped { 1 - $0 }
    case "IsNaN": return mapped { truth($0.isNaN) }
    case "IsInf": return mapped { truth($0.isInfinite) }
    case "Mod":
      return integer("fmod", 0) == 1
        ? combined { $0.truncatingRemainder(dividingBy: $1) } : combined { $0 - $1 * floor($0 / $1) }
    case "Cast":
      switch integer("to", 1) {
      case 1: return x
      case 9: return mapped { truth($0 != 0) }
      default: return mapped { $0.rounded(.towardZero) }
      }
    case "CastLike": return types[1] == .float ? x : mapped { $0.rounded(.towardZero) }
    case "Div", "Pow":
      let exact = node.operatorType == "Div" ? combined(/) : combined(pow)
      return types[0] != .integer ? exact : Values(exact.shape, exact.elements.map { $0.rounded(.towardZero) })
    case "Max": return folded { Swift.max($0, $1) }
    case "Min": return folded { Swift.min($0, $1) }
    case "Sum": return folded(+)
    case "Mean":
      let sum = folded(+)
      return Values(sum.shape, sum.elements.map { $0 / Double(inputs.count) })
    case "Where":
      let shape = folded(+).shape
      return Values(shape) {
        inputs[0]!.broadcast(at: $0) != 0 ? inputs[1]!.broadcast(at: $0) : inputs[2]!.broadcast(at: $0)
      }
    default: return nil
    }
  }

  private func folded(_ function: (Double, Double) -> Double) -> Values {
    var result = x
    for operand in inputs.dropFirst() {
      result = Reference(node: node, opset: opset, inputs: [result, operand], types: []).combined(function)
    }
    return result
  }

  /// Elements picked or put by indices, and values that follow from shapes.
  func indexed() -> [Values]? {
    func from(_ index: Int, _ extent: Int) -> Int { index < 0 ? index + extent : index }
    switch node.operatorType {
    case "ArgMax", "ArgMin":
      let own = axis(integer("axis", 0), x.shape.count)
      let sign: Double = node.operatorType == "ArgMax" ? 1 : -1
      var shape = x.shape
      shape[own] = 1
      let found = Values(shape) { index in
        let line = (0..<x.shape[own]).map { i in sign * x[replacing(index, own, i)] }
        let best = line.max()!
        return Double(integer("select_last_index", 0) == 1 ? line.lastIndex(of: best)! : line.firstIndex(of: best)!)
      }
      if integer("keepdims", 1) == 0 { shape.remove(at: own) }
      return [Values(shape, found.elements)]
    case "Expand": return [expanded(to: inputs[1]!.integers)]
    case "Tile":
      let repeats = inputs[1]!.integers
      return [Values(zip(x.shape, repeats).map(*)) { index in x[zip(index, x.shape).map { $0 % $1 }] }]
    case "GatherElements":
      let own = axis(integer("axis", 0), x.shape.count)
      let indices = inputs[1]!
      return [Values(indices.shape) { x[replacing($0, own, from(Int(indices[$0]), x.shape[own]))] }]
    case "GatherND":
      let indices = inputs[1]!
      let (batch, leading, depth) = (integer("batch_dims", 0), indices.shape.count - 1, indices.shape.last!)
      return [
        Values(indices.shape.dropLast() + x.shape.dropFirst(batch + depth)) { index in
          let tuple = (0..<depth).map { from(Int(indices[Array(index.prefix(leading)) + [$0]]), x.shape[batch + $0]) }
          return x[Array(index.prefix(batch)) + tuple + index.dropFirst(leading)]
        }
      ]
    case "ScatterElements", "ScatterND": return [scattered()]
    case "OneHot":
      let depth = Int(inputs[1]!.elements[0])
      let own = axis(integer("axis", -1), x.shape.count + 1)
      var shape = x.shape
      shape.insert(depth, at: own)
      return [
        Values(shape) { index in
          var source = index
          let place = source.remove(at: own)
          return inputs[2]!.elements[from(Int(x[source]), depth) == place ? 1 : 0]
        }
      ]
    case "CumSum":
      let own = axis(inputs[1]!.integers[0], x.shape.count)
      let (isExclusive, isReversed) = (integer("exclusive", 0) == 1, integer("reverse", 0) == 1)
      return [
        Values(x.shape) { index in
          (0..<x.shape[own]).reduce(0) { sum, i in
            let isBefore = isReversed ? i > index[own] : i < index[own]
            return isBefore || i == index[own] && !isExclusive ? sum + x[replacing(index, own, i)] : sum
          }
        }
      ]
    case "TopK":
      let count = list("k", orInput: 1)?[0] ?? integer("k", 0)
      let own = axis(integer("axis", -1), x.shape.count)
      let sign: Double = integer("largest", 1) == 1 ? -1 : 1
      var shape = x.shape
      shape[own] = count
      func order(_ index: [Int]) -> Int {
        let line = (0..<x.shape[own]).map { i in (sign * x[replacing(index, own, i)], i) }
        return line.sorted { $0 < $1 }[index[own]].1
      }
      return [Values(shape) { x[replacing($0, own, order($0))] }, Values(shape) { Double(order($0)) }]
    case "Trilu":
      let k = inputs.count > 1 ? inputs[1]!.integers[0] : 0
      return [
        Values(x.shape) { index in
          let offset = index[index.count - 1] - index[index.count - 2]
          return (integer("upper", 1) == 1 ? offset >= k : offset <= k) ? x[index] : 0
        }
      ]
    case "NonZero":
      var found: [[Int]] = []
      Values.forEachIndex(of: x.shape) { if x[$0] != 0 { found.append($0) } }
      return [Values([x.shape.count, found.count]) { Double(found[$0[1]][$0[0]]) }]
    case "Size": return [Values([], [Double(product(x.shape))])]
    case "EyeLike": return [Values(x.shape) { $0[1] - $0[0] == integer("k", 0) ? 1 : 0 }]
    case "Range":
      let (start, limit, delta) = (x.elements[0], inputs[1]!.elements[0], inputs[2]!.elements[0])
      let elements = Array(Swift.stride(from: start, to: limit, by: delta))
      return [Values([elements.count], elements)]
    case "Shape":
      let rank = x.shape.count
      return [
        Values([rank], x.shape.map(Double.init)).selecting(
          Array(from(integer("start", 0), rank)..<from(integer("end", rank), rank)), axis: 0)
      ]
    default: return nil
    }
  }

  private func replacing(_ index: [Int], _ axis: Int, _ place: Int) -> [Int] {
    var index = index
    index[axis] = place
    return index
  }

  private func expanded(to target: [Int]) -> Values {
    Reference(node: node, opset: opset, inputs: [x, Values(target) { _ in 0 }], types: []).combined { a, _ in a }
  }

  private func scattered() -> Values {
    var result = x
    let (indices, updates) = (inputs[1]!, inputs[2]!)
    func put(_ update: Double, at index: [Int]) {
      let offset = zip(index, x.shape).reduce(0) { $0 * $1.1 + $1.0 }
      switch node.attributes["reduction"] {
      case .string("add"): result.elements[offset] += update
      case .string("max"): result.elements[offset] = Swift.max(result.elements[offset], update)
      default: result.elements[offset] = update
      }
    }
    func from(_ index: Double, _ extent: Int) -> Int { index < 0 ? Int(index) + extent : Int(index) }
    Values.forEachIndex(of: updates.shape) { index in
      if node.operatorType == "ScatterElements" {
        let own = axis(integer("axis", 0), x.shape.count)
        put(updates[index], at: replacing(index, own, from(indices[index], x.shape[own])))
      } else {
        let leading = indices.shape.count - 1
        let tuple = (0..<indices.shape[leading]).map { from(indices[Array(index.prefix(leading)) + [$0]], x.shape[$0]) }
        put(updates[index], at: tuple + index.dropFirst(leading))
      }
    }
    return result
  }
}
