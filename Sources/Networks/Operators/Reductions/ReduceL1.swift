import Tensors

/// The sum of absolute values over axes.
struct ReduceL1: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .l1 }
}
