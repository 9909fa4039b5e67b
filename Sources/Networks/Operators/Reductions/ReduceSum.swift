import Tensors

/// The sum over axes.
struct ReduceSum: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .sum }
}
