import CKernels

/// One kernel with everything that it needs but the places of its operands: a step of a `KernelProgram`.
///
/// Extents are the operands'; maps and plain values are laid out as `ValueLayout` says.
public enum KernelCall: Sendable {
  /// Operands: a map (or its channel-major planes), and the residual where there is one.
  case convolve(PackedConvolution, channels: Int, height: Int, width: Int, planes: Bool)
  /// Operands: [rows, K], and the residual [rows, N] where there is one.
  case linear(PackedLinear, rows: Int)
  /// Operands: `batch` matrices of [rows, depth], and as many of [depth, columns] or one for all.
  case multiplyMatrices(batch: Int, rows: Int, depth: Int, columns: Int, oneForAll: Bool)
  case maxPool(Window, input: ValueLayout, output: ValueLayout)
  case averagePool(Window, countsPadding: Bool, input: ValueLayout, output: ValueLayout)
  case averageGlobally(ValueLayout)
  case maximizeGlobally(ValueLayout)
  /// Operands: two of the layout.
  case combine(Tensor.Arithmetic, Activation, ValueLayout)
  case apply(Activation, ValueLayout)
  /// x * scale + shift, one of each a channel of a map.
  case scale([Float]?, shift: [Float]?, Activation, ValueLayout)
  /// Operands: a map, and one of C x 1 x 1 that its channels are multiplied with.
  case scaleByMap(ValueLayout)
  case normalizeResponse(size: Int, alpha: Float, beta: Float, bias: Float, ValueLayout)
  /// Over the channels of each pixel of a map.
  case normalizeChannels(scale: [Float]?, shift: [Float]?, epsilon: Float, ValueLayout)
  /// Over each of the rows of plain numbers.
  case normalizeRows(scale: [Float]?, shift: [Float]?, epsilon: Float, rows: Int, width: Int)
  case softmax(rows: Int, width: Int)
  /// A map's channel-major planes.
  case toPlanes(ValueLayout)
  /// A map of channel-major planes.
  case fromPlanes(ValueLayout)
  case copy(ValueLayout)
}

/// Places of operands while a program runs.
struct KernelOperands {
  var inputs: [UnsafePointer<Float>]
  var output: UnsafeMutablePointer<Float>
  var scratch: UnsafeMutablePointer<Float>
  /// The call's parameters, as `KernelCall.parameters` gave them.
  var parameters: UnsafePointer<Float>?
}

extension KernelCall {
  /// Whether the output may lie where an operand of its size does: each element is read before it is written.
  public var mayOverwriteOperands: Bool {
    switch self {
    case .combine, .apply, .scale, .scaleByMap: true
    default: false
    }
  }

  /// Numbers a channel (or a column) that the kernel reads besides its operands: scale, then shift, each padded to whole
  /// blocks and left out where the call has none.
  func parameters(on instructionSet: InstructionSet) -> [Float] {
    let given: [[Float]?] =
      switch self {
      case .scale(let scale, let shift, _, _): [scale, shift]
      case .normalizeChannels(let scale, let shift, _, _): [scale, shift]
      case .normalizeRows(let scale, let shift, _, _, _): [scale, shift]
      default: []
      }
    return given.compactMap { $0 }.flatMap { numbers in
      numbers + [Float](repeating: 0, count: Self.padded(numbers.count, instructionSet) - numbers.count)
    }
  }

  private static func padded(_ count: Int, _ instructionSet: InstructionSet) -> Int {
    let block = instructionSet.block
    return (count + block - 1) / block * block
  }

  /// Where scale and shift lie among the parameters.
  private static func pointers(
    _ scale: [Float]?, _ shift: [Float]?, _ parameters: UnsafePointer<Float>?, _ instructionSet: InstructionSet
  ) -> (scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?) {
    guard let parameters else { return (nil, nil) }
    return (
      scale == nil ? nil : parameters,
      shift == nil ? nil : parameters + (scale.map { padded($0.count, instructionSet) } ?? 0)
    )
  }

  /// Floats of scratch memory that a team of `threads` needs for the call.
  func scratchCount(threads: Int, on instructionSet: InstructionSet) -> Int {
    if case .multiplyMatrices = self {
      var work = product
      return instructionSet.kernels.multiplication_scratch(&work, threads)
    }
    guard case .convolve(let convolution, _, let height, let width, let planes) = self else { return 0 }
    var work = convolution.work(height: height, width: width)
    work.planes = planes ? 1 : 0
    return instructionSet.kernels.scratch_count(&work, threads)
  }

  /// A product of matrices without its operands.
  private var product: ek_multiplication {
    var work = ek_multiplication()
    guard case .multiplyMatrices(let batch, let rows, let depth, let columns, let oneForAll) = self else { return work }
    (work.batch, work.m, work.n, work.k) = (batch, rows, columns, depth)
    work.scale = 1
    (work.a_batch, work.a_row, work.a_column) = (rows * depth, depth, 1)
    (work.b_batch, work.b_row, work.b_column) = (oneForAll ? 0 : depth * columns, columns, 1)
    (work.y_batch, work.y_row) = (rows * columns, columns)
    work.activation = Activation.none.forKernels
    return work
  }

  /// The call as the kernels take it.
  func step(_ operands: KernelOperands, on instructionSet: InstructionSet) -> ek_step {
    var step = ek_step()
    let input = operands.inputs[0]
    let second = operands.inputs.count > 1 ? operands.inputs[1] : nil
    let output = operands.output
    switch self {
    case .convolve(let convolution, _, let height, let width, let planes):
      var work = convolution.work(height: height, width: width)
      work.planes = planes ? 1 : 0
      work.input = input
      work.residual = second
      work.output = output
      work.scratch = operands.scratch
      step.kernel = EK_CONVOLVE
      step.as.convolution = work
    case .linear(let linear, let rows):
      var work = linear.work(rows: rows)
      work.x = input
      work.residual = second
      work.y = output
      step.kernel = EK_LINEAR
      step.as.linear = work
    case .multiplyMatrices:
      var work = product
      work.a = input
      work.b = second
      work.y = output
      work.scratch = operands.scratch
      step.kernel = EK_MULTIPLY_MATRICES
      step.as.multiplication = work
    case .maxPool(let window, let from, let to):
      step.kernel = EK_POOL
      step.as.pooling = Self.pooling(EK_MAXIMUM, EK_ONE, window, from, to, input, output)
    case .averagePool(let window, let countsPadding, let from, let to):
      step.kernel = EK_POOL
      step.as.pooling = Self.pooling(
        EK_AVERAGE, countsPadding ? EK_PLACES : EK_ELEMENTS, window, from, to, input, output)
    case .averageGlobally(let layout):
      step.kernel = EK_POOL_GLOBALLY
      step.as.global_pooling = ek_global_pooling(
        kind: EK_AVERAGE, channels: layout.channels, pixels: layout.pixels, input: input, output: output)
    case .maximizeGlobally(let layout):
      step.kernel = EK_POOL_GLOBALLY
      step.as.global_pooling = ek_global_pooling(
        kind: EK_MAXIMUM, channels: layout.channels, pixels: layout.pixels, input: input, output: output)
    case .combine(let operation, let activation, let layout):
      step.kernel = EK_BINARY
      step.as.binary = ek_binary(
        operation: operation.forKernels, count: layout.floatCount(on: instructionSet),
        activation: activation.forKernels, a: input, b: second, output: output)
    case .apply(let activation, let layout):
      step.kernel = EK_UNARY
      step.as.unary = ek_unary(
        count: layout.floatCount(on: instructionSet), activation: activation.forKernels, input: input, output: output)
    case .scale(let scale, let shift, let activation, let layout):
      let found = Self.pointers(scale, shift, operands.parameters, instructionSet)
      step.kernel = EK_SCALE
      step.as.scaling = ek_scaling(
        channels: layout.channels, pixels: layout.pixels, scale: found.scale, shift: found.shift,
        activation: activation.forKernels, input: input, output: output)
    case .scaleByMap(let layout):
      step.kernel = EK_SCALE
      step.as.scaling = ek_scaling(
        channels: layout.channels, pixels: layout.pixels, scale: second, shift: nil,
        activation: Activation.none.forKernels, input: input, output: output)
    case .normalizeResponse(let size, let alpha, let beta, let bias, let layout):
      step.kernel = EK_NORMALIZE_RESPONSE
      step.as.response = ek_response_normalization(
        channels: layout.channels, pixels: layout.pixels, size: size, alpha: alpha, beta: beta, bias: bias,
        input: input, output: output)
    case .normalizeChannels(let scale, let shift, let epsilon, let layout):
      let found = Self.pointers(scale, shift, operands.parameters, instructionSet)
      step.kernel = EK_NORMALIZE_LAYER
      step.as.layer = ek_layer_normalization(
        channels: layout.channels, pixels: layout.pixels, rows: 0, epsilon: epsilon, scale: found.scale,
        shift: found.shift, input: input, output: output)
    case .normalizeRows(let scale, let shift, let epsilon, let rows, let width):
      let found = Self.pointers(scale, shift, operands.parameters, instructionSet)
      step.kernel = EK_NORMALIZE_LAYER
      step.as.layer = ek_layer_normalization(
        channels: width, pixels: 1, rows: rows, epsilon: epsilon, scale: found.scale, shift: found.shift,
        input: input, output: output)
    case .softmax(let rows, let width):
      step.kernel = EK_SOFTMAX
      step.as.softmax = ek_softmax(rows: rows, width: width, input: input, output: output)
    case .toPlanes(let layout):
      step.kernel = EK_TO_PLANES
      step.as.layout = ek_layout(channels: layout.channels, pixels: layout.pixels, from: input, to: output)
    case .fromPlanes(let layout):
      step.kernel = EK_FROM_PLANES
      step.as.layout = ek_layout(channels: layout.channels, pixels: layout.pixels, from: input, to: output)
    case .copy(let layout):
      step.kernel = EK_COPY
      step.as.copy = ek_copy(count: layout.floatCount(on: instructionSet), from: input, to: output)
    }
    return step
  }

  private static func pooling(
    _ kind: ek_pool_kind, _ divisor: ek_divisor, _ window: Window, _ from: ValueLayout, _ to: ValueLayout,
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) -> ek_pooling {
    ek_pooling(
      kind: kind, divided_by: divisor, channels: from.channels, height: from.height, width: from.width,
      out_height: to.height, out_width: to.width, window: window.forKernels, input: input, output: output)
  }
}

extension Tensor.Arithmetic {
  var forKernels: ek_operation {
    switch self {
    case .add: EK_ADD
    case .subtract: EK_SUBTRACT
    case .multiply: EK_MULTIPLY
    case .divide: EK_DIVIDE
    }
  }
}
