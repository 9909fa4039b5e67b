import Tensors

/// The smallest element over axes.
struct ReduceMin: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .minimum }
}
