import Tensors

/// 1 for the first of the largest elements along an axis, 0 for all others.
struct Hardmax: SoftmaxOperator {
  let identity: NodeIdentity
  let axis: Int
  let flattens: Bool

  static func apply(to tensor: Tensor, axis: Int) -> Tensor { tensor.hardmax(axis: axis) }
}
