import Foundation
import Networks

extension Reference {
  /// Operators that look at several elements along some axes: reductions, Softmax's family, normalisations.
  func normalisations() -> [Values]? {
    let epsilon = float("epsilon", 1e-5)
    switch node.operatorType {
    case "Softmax":
      return [perLine { line in line.map { exp($0) / line.reduce(0) { $0 + exp($1) } } }]
    case "LogSoftmax":
      return [perLine { line in line.map { $0 - log(line.reduce(0) { $0 + exp($1) }) } }]
    case "Hardmax":
      return [perLine { line in line.indices.map { $0 == line.firstIndex(of: line.max()!) ? 1 : 0 } }]
    case "LpNormalization":
      let own = axis(integer("axis", -1), x.shape.count)
      let p = Double(integer("p", 2))
      return [
        perGroup {
          $0.enumerated().filter { $0.offset != own }.map(\.element)
        } map: { group, _ in
          let norm = pow(group.reduce(0) { $0 + pow(abs($1), p) }, 1 / p)
          return group.map { $0 / norm }
        }
      ]
    case "MeanVarianceNormalization":
      let axes = (list("axes") ?? [0, 2, 3]).map { axis($0, x.shape.count) }
      return [
        perGroup {
          $0.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
        } map: { group, _ in
          let (mean, variance) = moments(group)
          return group.map { ($0 - mean) / (variance.squareRoot() + 1e-9) }
        }
      ]
    case "InstanceNormalization":
      return [
        perGroup {
          Array($0[..<2])
        } map: { group, key in
          let (mean, variance) = moments(group)
          let (scale, shift) = (inputs[1]![[key[1]]], inputs[2]![[key[1]]])
          return group.map { ($0 - mean) / (variance + epsilon).squareRoot() * scale + shift }
        }
      ]
    case "GroupNormalization":
      let size = x.shape[1] / integer("num_groups", 1)
      let plain = perGroup {
        [$0[0], $0[1] / size]
      } map: { group, _ in
        let (mean, variance) = moments(group)
        return group.map { ($0 - mean) / (variance + epsilon).squareRoot() }
      }
      return [
        Values(x.shape) { index in
          let own = opset < 21 ? [index[1] / size] : [index[1]]
          return plain[index] * inputs[1]![own] + inputs[2]![own]
        }
      ]
    case "LayerNormalization", "RMSNormalization": return layerNormalization(epsilon: epsilon)
    case let type where type.hasPrefix("Reduce"): return [reduced(type)]
    default: return nil
    }
  }

  /// Applies a function to the elements with the same key, in order; it gets the key, too.
  private func perGroup(
    by key: ([Int]) -> [Int], map function: ([Double], [Int]) -> [Double]
  ) -> Values {
    var groups: [[Int]: [Double]] = [:]
    Values.forEachIndex(of: x.shape) { groups[key($0), default: []].append(x[$0]) }
    for (key, group) in groups { groups[key] = function(group, key).reversed() }
    return Values(x.shape) { groups[key($0)]!.removeLast() }
  }

  /// Softmax's lines: along the axis or, until opset 12, over all axes from it on.
  private func perLine(_ function: ([Double]) -> [Double]) -> Values {
    let own = axis(integer("axis", opset < 13 ? 1 : -1), x.shape.count)
    return perGroup { index in
      opset < 13 ? Array(index[..<own]) : index.enumerated().filter { $0.offset != own }.map(\.element)
    } map: { line, _ in
      function(line)
    }
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  private func layerNormalization(epsilon: Double) -> [Values] {
    let own = axis(integer("axis", -1), x.shape.count)
    let centres = node.operatorType == "LayerNormalization"
    func reduce(_ function: @escaping ([Double]) -> Double) -> Values {
      let same = perGroup {
        Array($0[..<own])
      } map: { group, _ in
        group.map { _ in function(group) }
      }
      let shape = Array(x.shape[..<own]) + x.shape[own...].map { _ in 1 }
      return Values(shape) { same[$0] }
    }
    let means = reduce { centres ? moments($0).mean : 0 }
    let factors = reduce { group in
      let mean = centres ? moments(group).mean : 0
      let squares = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return 1 / (squares / Double(group.count) + epsilon).squareRoot()
    }
    let normalised = Values(x.shape) { index in
      let inner = Array(index[own...])
      let scaled = (x[index] - means.broadcast(at: index)) * factors.broadcast(at: index)
      return scaled * inputs[1]!.broadcast(at: inner) + (inputs.count > 2 ? inputs[2]?.broadcast(at: inner) ?? 0 : 0)
    }
    return [normalised, means, factors]
  }

  private func reduced(_ type: String) -> Values {
    var axes = (list("axes", orInput: 1) ?? []).map { axis($0, x.shape.count) }
    if axes.isEmpty, integer("noop_with_empty_axes", 0) == 0 { axes = Array(x.shape.indices) }
    let keeps = integer("keepdims", 1) == 1
    func key(_ index: [Int], one: Int) -> [Int] {
      index.enumerated().compactMap { axes.contains($0.offset) ? (keeps ? one : nil) : $0.element }
    }
    var groups: [[Int]: [Double]] = [:]
    Values.forEachIndex(of: x.shape) { groups[key($0, one: 0), default: []].append(x[$0]) }
    return Values(key(x.shape, one: 1)) { index in
      let group = groups[index]!
      switch type {
      case "ReduceMean": return group.reduce(0, +) / Double(group.count)
      case "ReduceSum": return group.reduce(0, +)
      case "ReduceMax": return group.max()!
      case "ReduceMin": return group.min()!
      case "ReduceProd": return group.reduce(1, *)
      case "ReduceL1": return group.reduce(0) { $0 + abs($1) }
      case "ReduceL2": return group.reduce(0) { $0 + $1 * $1 }.squareRoot()
      case "ReduceSumSquare": return group.reduce(0) { $0 + $1 * $1 }
      case "ReduceLogSum": return log(group.reduce(0, +))
      case "ReduceLogSumExp": return log(group.reduce(0) { $0 + exp($1) })
      default: preconditionFailure("the reference has no \(type)")
      }
    }
  }
}
