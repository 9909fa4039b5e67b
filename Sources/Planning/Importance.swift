import Networks
public import Plans
import Tensors

/// How much each row of each stage matters.
public enum Importance {
  /// The l1 norm: the sum of the absolute values of a row's weights and bias (RobustDiCE's first score, section 4.2).
  /// Batch normalisations must have been folded into the weights before. A row that several multiplying operators share
  /// (behind an Add, a depthwise convolution) has the sum of all.
  public static func l1(of graph: StageGraph) throws(PlanningError) -> [[Double]] {
    var known: [String: [Int: [Double]]] = [:]
    var scores: [[Double]] = []
    for stage in graph.stages.indices {
      var score = [Double](repeating: 0, count: graph.stages[stage].rowCount)
      for part in graph.parameters(ofStage: stage) {
        guard case .float(let weights) = graph.network.constants[part.constant] else { continue }
        let sums: [Double]
        if let cached = known[part.constant]?[part.axis] {
          sums = cached
        } else {
          sums = absoluteSums(of: weights, axis: part.axis)
          guard sums.allSatisfy(\.isFinite) else { throw .notFinite(constant: part.constant) }
          known[part.constant, default: [:]][part.axis] = sums
        }
        for (row, index) in part.indices.enumerated() {
          if let index { score[row] += sums[index] }
        }
      }
      scores.append(score)
    }
    return scores
  }

  /// The sum of absolute values at each index along an axis.
  static func absoluteSums(of tensor: Tensor, axis: Int) -> [Double] {
    let extent = tensor.shape[axis]
    let inner = tensor.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = tensor.shape.dimensions.prefix(axis).reduce(1, *)
    var sums = [Double](repeating: 0, count: extent)
    unsafe tensor.withUnsafeBufferPointer { elements in
      for block in 0..<outer {
        for index in 0..<extent {
          var sum = 0.0
          let start = (block * extent + index) * inner
          for position in start..<start + inner { unsafe sum += Double(abs(elements[position])) }
          sums[index] += sum
        }
      }
    }
    return sums
  }
}
