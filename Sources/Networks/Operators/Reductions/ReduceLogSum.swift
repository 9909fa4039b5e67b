import Tensors

/// The logarithm of the sum over axes.
struct ReduceLogSum: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .logSum }
}
