import CKernels

extension Tensor {
  /// The activation of every element.
  public func applying(_ activation: Activation) -> Tensor {
    if activation == .none { return self }
    return Tensor(shape: shape) { result in
      guard let base = result.baseAddress else { return }
      InstructionSet.current.unary(
        ek_unary(
          count: count, activation: activation.forKernels, input: UnsafePointer(storage.pointer), output: base))
    }
  }
}
