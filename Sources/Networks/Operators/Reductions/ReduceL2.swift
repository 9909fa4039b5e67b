import Tensors

/// The root of the sum of squares over axes.
struct ReduceL2: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .l2 }
}
