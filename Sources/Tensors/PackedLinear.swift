import CKernels

/// A fully connected layer, y = x W^T + b, with the activation fused.
///
/// The weights stay as they are, row after row: a product with one vector streams them once, at the memory's speed, and
/// sharing the tensor's storage costs no second copy.
public struct PackedLinear: Sendable {
  public let inputs, outputs: Int
  public let activation: Activation
  let instructionSet: InstructionSet
  private let weights: Tensor
  private let bias: Tensor?

  /// Takes weights of [N, K] and a bias of N elements.
  public init(weights: Tensor, bias: [Float]?, activation: Activation = .none) {
    self.init(weights: weights, bias: bias, activation: activation, on: .current)
  }

  init(weights: Tensor, bias: [Float]?, activation: Activation, on instructionSet: InstructionSet) {
    precondition(weights.shape.rank == 2, "weights of \(weights.shape) are not a matrix")
    outputs = weights.shape[0]
    inputs = weights.shape[1]
    precondition(bias.map { $0.count == weights.shape[0] } ?? true, "\(weights.shape[0]) outputs need as many biases")
    self.activation = activation
    self.instructionSet = instructionSet
    self.weights = weights
    self.bias = bias.map { Tensor(shape: [$0.count], elements: $0) }
  }

  /// [M, K] to [M, N].
  public func callAsFunction(_ input: Tensor) -> Tensor {
    precondition(
      input.shape.rank == 2 && input.shape[1] == inputs, "a layer of \(inputs) inputs got a tensor of \(input.shape)")
    return Tensor(shape: [input.shape[0], outputs]) { result in
      guard let base = result.baseAddress else { return }
      var plan = work(rows: input.shape[0])
      plan.x = UnsafePointer(input.storage.pointer)
      plan.y = base
      instructionSet.linear(plan)
    }
  }

  /// The kernel's description for so many rows, without operands.
  func work(rows: Int) -> ek_linear {
    var work = ek_linear()
    (work.m, work.n, work.k) = (rows, outputs, inputs)
    work.w = UnsafeRawPointer(weights.storage.pointer)
    work.bias = UnsafePointer(bias?.storage.pointer)
    work.activation = activation.forKernels
    return work
  }

  /// Bytes that weights and biases take.
  public var byteCount: Int { (weights.count + (bias?.count ?? 0)) * MemoryLayout<Float>.stride }
}
