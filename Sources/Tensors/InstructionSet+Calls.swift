import CKernels

/// The kernels, called by one thread alone.
extension InstructionSet {
  func convolve(_ work: ek_convolution) { alone(work, kernels.convolve) }
  func linear(_ work: ek_linear) { alone(work, kernels.linear) }
  func multiply(_ work: ek_multiplication) { alone(work, kernels.multiply) }
  func pool(_ work: ek_pooling) { alone(work, kernels.pool) }
  func poolGlobally(_ work: ek_global_pooling) { alone(work, kernels.pool_globally) }
  func fromPlanes(_ work: ek_layout) { alone(work, kernels.from_planes) }
  func toPlanes(_ work: ek_layout) { alone(work, kernels.to_planes) }
  func binary(_ work: ek_binary) { alone(work, kernels.binary) }
  func unary(_ work: ek_unary) { alone(work, kernels.unary) }
  func scale(_ work: ek_scaling) { alone(work, kernels.scale) }
  func normalizeResponse(_ work: ek_response_normalization) { alone(work, kernels.normalize_response) }
  func normalizeLayer(_ work: ek_layer_normalization) { alone(work, kernels.normalize_layer) }
  func softmax(_ work: ek_softmax) { alone(work, kernels.softmax) }

  private func alone<Work>(
    _ work: Work, _ kernel: (UnsafePointer<Work>?, UnsafePointer<ek_team>?) -> Void
  ) {
    withUnsafePointer(to: work) { work in
      withUnsafePointer(to: ek_alone) { team in kernel(work, team) }
    }
  }
}
