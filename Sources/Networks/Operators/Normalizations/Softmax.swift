import Tensors

/// e^x over the sum of e^x along an axis.
struct Softmax: SoftmaxOperator {
  let identity: NodeIdentity
  let axis: Int
  let flattens: Bool

  static func apply(to tensor: Tensor, axis: Int) -> Tensor { tensor.softmax(axis: axis) }
}
