import Tensors

/// The sum of squares over axes.
struct ReduceSumSquare: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .sumOfSquares }
}
