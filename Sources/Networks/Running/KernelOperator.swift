import Tensors

/// An operator that kernels can compute, in an arena and by several threads, without a call of `evaluate`.
protocol KernelOperator: Operator {
  /// Appends the kernels that compute the node, or says how an output is an input seen differently. False where there
  /// are none for such operands: then nothing has been appended, and the node is evaluated.
  ///
  /// Only asked where all inputs and outputs hold floats and none is empty.
  func emit(_ node: Node, into emission: inout Emission) -> Bool
}

/// How a value is laid out that a kernel has made.
enum ValueForm: Hashable, Sendable {
  /// `[1, C, H, W]` or `[1, C, L]` as a feature map.
  case map
  /// `[1, H, W, C]` or `[1, L, C]` as a feature map of C channels: what a Transpose of a map gives costs nothing, and
  /// what is done to each pixel's channels (layer normalisation, a MatMul) is done on the map.
  case channelsLast
  /// Row-major.
  case plain
}
