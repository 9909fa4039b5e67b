import CKernels

/// A fully connected layer, y = x W^T + b, with residual and activation fused.
///
/// Where single vectors are expected, the weights stay as they are, row after row: a product with one vector streams them
/// once, at the memory's speed, and sharing the tensor's storage costs no second copy. For more rows they are packed for
/// the instruction set.
public struct PackedLinear: Sendable {
  public let inputs, outputs: Int
  public let activation: Activation
  public let weightType: WeightType
  let instructionSet: InstructionSet
  private let isPacked: Bool
  private let weights: AlignedStorage
  private let weightCount: Int
  private let bias: AlignedStorage?

  /// Takes weights of [N, K], or of [K, N] where they are transposed, and a bias of N elements. `rows` says how many
  /// vectors at once are to be expected; any number can be given.
  public init(
    weights: Tensor, bias: [Float]?, activation: Activation = .none, rows: Int = 1, transposed: Bool = false,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil
  ) {
    self.init(
      weights: weights, bias: bias, activation: activation, rows: rows, transposed: transposed, storedAs: type,
      in: store, on: .current)
  }

  init(
    weights: Tensor, bias: [Float]?, activation: Activation, rows: Int = 1, transposed: Bool = false,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil, on instructionSet: InstructionSet
  ) {
    precondition(weights.shape.rank == 2, "weights of \(weights.shape) are not a matrix")
    outputs = weights.shape[transposed ? 1 : 0]
    inputs = weights.shape[transposed ? 0 : 1]
    precondition(bias.map { $0.count == weights.shape[transposed ? 1 : 0] } ?? true, "a bias for each output is needed")
    self.activation = activation
    self.instructionSet = instructionSet
    weightType = type
    isPacked = rows > 1 || transposed
    self.bias = bias.map { Tensor(shape: [$0.count], elements: $0).storage }

    var plan = ek_linear()
    (plan.n, plan.k, plan.element) = (outputs, inputs, type.forKernels)
    weightCount = isPacked ? instructionSet.kernels.packed_linear_count(&plan) : weights.count
    let (count, inputs, outputs, isPacked) = (weightCount, inputs, outputs, isPacked)
    func packed() -> AlignedStorage {
      // Weights that stay as they are share the tensor's memory.
      guard isPacked else { return weights.storage.narrowed(to: type) }
      let packed = AlignedStorage(count: type.floatCount(of: count), lasting: true)
      instructionSet.kernels.pack_linear(
        &plan, weights.storage.pointer, transposed ? 1 : inputs, transposed ? outputs : 1, packed.pointer)
      return packed
    }
    var tag = Checksum()
    tag.add("linear \(type.rawValue) \(isPacked) \(transposed)")
    for number in [outputs, inputs] { tag.add(number) }
    self.weights =
      store?.place(count: type.floatCount(of: count), tag: tag.value, pack: packed) ?? packed()
  }

  func addWeights(to sum: inout Checksum) {
    sum.add(UnsafeRawBufferPointer(start: weights.pointer, count: weightCount * weightType.byteCount))
  }

  /// [M, K] to [M, N]; `residual` has the result's shape and is added before the activation.
  public func callAsFunction(_ input: Tensor, adding residual: Tensor? = nil) -> Tensor {
    precondition(
      input.shape.rank == 2 && input.shape[1] == inputs, "a layer of \(inputs) inputs got a tensor of \(input.shape)")
    let rows = input.shape[0]
    precondition(residual.map { $0.count == rows * outputs } ?? true, "a residual of another shape than the result's")
    return Tensor(shape: [rows, outputs]) { result in
      guard let base = result.baseAddress else { return }
      var plan = work(rows: rows)
      plan.x = UnsafePointer(input.storage.pointer)
      plan.residual = UnsafePointer(residual?.storage.pointer)
      plan.y = base
      withExtendedLifetime((input, residual)) { instructionSet.linear(plan) }
    }
  }

  /// The kernel's description for so many rows, without operands.
  func work(rows: Int) -> ek_linear {
    var work = ek_linear()
    (work.m, work.n, work.k) = (rows, outputs, inputs)
    work.element = weightType.forKernels
    work.packed = isPacked ? 1 : 0
    work.w = UnsafeRawPointer(weights.pointer)
    work.bias = UnsafePointer(bias?.pointer)
    work.activation = activation.forKernels
    return work
  }

  /// Bytes that weights and biases take.
  public var byteCount: Int { weightCount * weightType.byteCount + (bias?.count ?? 0) * MemoryLayout<Float>.stride }
}
