import CKernels

/// A convolution with its weights packed once for the instruction set; bias, residual and activation are fused.
///
/// Depthwise convolution is the case of as many groups as channels.
public struct PackedConvolution: Sendable {
  public let channels, outputChannels, groups: Int
  public let window: Window
  public let activation: Activation
  /// How the weights are stored.
  public let weightType: WeightType
  let instructionSet: InstructionSet
  /// Several filters on each single channel: the channel is repeated for them, and the kernel is the depthwise one.
  private let repeatedRows: [Int]?
  private let weights: AlignedStorage
  private let weightCount: Int
  private let bias: AlignedStorage

  /// Packs weights of [M, C/g, kh, kw] and a bias of M elements.
  ///
  /// The kernel's extents must be the window's; M and C divide by the groups. Filters of one channel are few numbers,
  /// and stay 32-bit floats whatever `type` says.
  public init(
    weights: Tensor, bias: [Float]?, window: Window, groups: Int = 1, activation: Activation = .none,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil
  ) {
    self.init(
      weights: weights, bias: bias, window: window, groups: groups, activation: activation, storedAs: type,
      in: store, on: .current)
  }

  init(
    weights: Tensor, bias: [Float]?, window: Window, groups: Int, activation: Activation,
    storedAs type: WeightType = .float32, in store: WeightStore? = nil, on instructionSet: InstructionSet
  ) {
    let shape = weights.shape
    window.checkGeometry()
    precondition(
      shape.rank == 4 && shape[2] == window.kernelHeight && shape[3] == window.kernelWidth && shape[0] > 0
        && shape[1] > 0, "weights of \(shape) do not fit the window \(window)")
    precondition(groups > 0 && shape[0] % groups == 0, "\(shape[0]) filters do not divide into \(groups) groups")
    precondition(bias.map { $0.count == shape[0] } ?? true, "\(shape[0]) filters need as many biases")
    self.window = window
    self.groups = groups
    self.activation = activation
    self.instructionSet = instructionSet
    weightType = shape[1] == 1 ? .float32 : type
    outputChannels = shape[0]
    channels = shape[1] * groups
    let filtersAChannel = shape[0] / groups
    repeatedRows =
      shape[1] == 1 && filtersAChannel > 1 && groups > 1 ? (0..<shape[0]).map { $0 / filtersAChannel } : nil

    let block = instructionSet.block
    let padded = AlignedStorage(count: (shape[0] + block - 1) / block * block)
    padded.pointer.initialize(repeating: 0, count: padded.count)
    for (index, value) in (bias ?? []).enumerated() { padded.pointer[index] = value }
    self.bias = padded

    var plan = ek_convolution()
    plan.channels = repeatedRows?.count ?? channels
    plan.out_channels = outputChannels
    plan.groups = repeatedRows?.count ?? groups
    plan.window = window.forKernels
    let (count, type) = (instructionSet.kernels.packed_count(&plan), weightType)
    weightCount = count
    func packed() -> AlignedStorage {
      let packed = AlignedStorage(count: count, lasting: true)
      instructionSet.kernels.pack(&plan, weights.storage.pointer, packed.pointer)
      return packed.narrowed(to: type)
    }
    var tag = Checksum()
    tag.add("convolution \(type.rawValue)")
    for number in shape.dimensions + [groups] { tag.add(number) }
    self.weights =
      store?.place(count: type.floatCount(of: count), tag: tag.value, pack: packed) ?? packed()
  }

  func addWeights(to sum: inout Checksum) {
    sum.add(UnsafeRawBufferPointer(start: weights.pointer, count: weightCount * weightType.byteCount))
  }

  /// The convolution of a map of C channels; `residual` has the result's extents and is added before the activation.
  public func callAsFunction(_ input: FeatureMap, adding residual: FeatureMap? = nil) -> FeatureMap {
    precondition(
      input.channels == channels && input.instructionSet == instructionSet,
      "a convolution of \(channels) channels got a map of \(input.shape)")
    let result = FeatureMap(
      uninitialized: outputChannels, window.outputHeight(input.height), window.outputWidth(input.width),
      on: instructionSet)
    if let residual {
      precondition(
        residual.channels == result.channels && residual.height == result.height && residual.width == result.width
          && residual.instructionSet == instructionSet,
        "a residual of \(residual.shape) does not fit a result of \(result.shape)")
    }
    guard result.pixels > 0 else { return result }

    let input = repeatedRows.map(input.selecting(rows:)) ?? input
    var plan = work(height: input.height, width: input.width)
    plan.input = UnsafePointer(input.storage.pointer)
    plan.residual = UnsafePointer(residual?.storage.pointer)
    plan.output = result.storage.pointer
    let scratch = AlignedStorage(count: instructionSet.kernels.scratch_count(&plan, 1))
    plan.scratch = scratch.pointer
    withExtendedLifetime((input, residual, scratch)) { instructionSet.convolve(plan) }
    return result
  }

  /// Whether a kernel takes the input as it is, without channels repeated first.
  public var takesMapsAsTheyAre: Bool { repeatedRows == nil }

  /// The kernel's description for maps of these extents, without operands.
  func work(height: Int, width: Int) -> ek_convolution {
    var work = ek_convolution()
    (work.channels, work.height, work.width) = (repeatedRows?.count ?? channels, height, width)
    work.out_channels = outputChannels
    (work.out_height, work.out_width) = (window.outputHeight(height), window.outputWidth(width))
    work.groups = repeatedRows?.count ?? groups
    work.window = window.forKernels
    work.element = weightType.forKernels
    work.weights = UnsafeRawPointer(weights.pointer)
    work.bias = UnsafePointer(bias.pointer)
    work.activation = activation.forKernels
    return work
  }

  /// Bytes that the packed weights and biases take.
  public var byteCount: Int { weightCount * weightType.byteCount + bias.count * MemoryLayout<Float>.stride }
}
