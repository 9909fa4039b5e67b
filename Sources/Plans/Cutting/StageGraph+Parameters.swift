import Networks
import Tensors

/// The part of a constant that each row of a stage is computed with.
public struct RowParameters: Sendable, Hashable {
  public var constant: String
  /// The axis of the constant along which the rows lie.
  public var axis: Int
  /// For each row of the stage's output its index along the axis; nil where the row is computed without it.
  public var indices: [Int?]
}

extension StageGraph {
  /// The weights and biases of a stage's multiplying operators (convolutions, fully connected layers), row by row.
  /// A row of a Concat has its own operand's alone, a row of an Add those of all operands, a row behind a depthwise
  /// convolution both.
  public func parameters(ofStage index: Int) -> [RowParameters] {
    let stage = stages[index]
    let gathered = gathered
    var found: [RowParameters] = []
    var seen: [String: Set<[Int?]>] = [:]
    var open: [(value: String, axis: Int, indices: [Int?])] = [
      (stage.output.name, stage.rowAxis, Array(0..<stage.rowCount))
    ]
    while let (value, axis, indices) = open.popLast() {
      guard seen[value, default: []].insert(indices).inserted else { continue }
      guard let producer = analysis.producers[value], let rule = analysis.rowRule(ofNode: producer, axis: axis) else {
        continue
      }
      let node = network.nodes[producer]
      for (input, dependence) in zip(node.inputs, rule.inputs) where !input.isEmpty {
        let isParameter = analysis.isConstant(input)
        guard isParameter ? analysis.multiplies(producer) : !gathered.contains(input) else { continue }
        guard let (axis, indices) = dependence.following(indices, extents: analysis.shape(of: input)) else { continue }
        if isParameter {
          found.append(RowParameters(constant: input, axis: axis, indices: indices))
        } else {
          open.append((input, axis, indices))
        }
      }
    }
    return found
  }
}

extension RowRule.Input {
  /// The index that each row has in this input; nil where a row has more than one.
  fileprivate func following(_ rows: [Int?], extents: Shape) -> (axis: Int, indices: [Int?])? {
    switch self {
    case .rows(let axis, let start, let step):
      let range = 0..<extents[axis]
      return (
        axis,
        rows.map { row in
          guard let row, range.contains(start + step * row) else { return nil }
          return start + step * row
        }
      )
    case .group(let axis, let rowsPerGroup, 1): return (axis, rows.map { $0.map { $0 / rowsPerGroup } })
    case .group, .whole: return nil
    }
  }
}
