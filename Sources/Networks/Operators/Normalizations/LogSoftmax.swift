import Tensors

/// The logarithm of Softmax: x minus the logarithm of the sum of e^x along an axis.
struct LogSoftmax: SoftmaxOperator {
  let identity: NodeIdentity
  let axis: Int
  let flattens: Bool

  static func apply(to tensor: Tensor, axis: Int) -> Tensor { tensor.logSoftmax(axis: axis) }
}
