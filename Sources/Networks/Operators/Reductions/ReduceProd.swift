import Tensors

/// The product over axes.
struct ReduceProd: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .product }
}
