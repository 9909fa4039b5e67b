import Tensors

/// The logarithm of the sum of e^x over axes.
struct ReduceLogSumExp: ReduceOperator {
  let reduced: ReducedAxes

  static var reduction: Tensor.Reduction { .logSumExp }
}
