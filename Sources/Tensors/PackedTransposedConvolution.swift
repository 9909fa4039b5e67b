/// A transposed convolution (the gradient of a convolution with respect to its input; "deconvolution"), packed once.
///
/// With strides, an output pixel meets only the taps that lie a whole number of strides away: pixels whose places leave
/// the same remainder, a *phase*, are one plain convolution of the input with those taps. All phases run on the
/// convolution's kernels, no zero is multiplied, and their results are interleaved.
public struct PackedTransposedConvolution: Sendable {
  public let channels, outputChannels: Int
  public let inputHeight, inputWidth, outputHeight, outputWidth: Int
  private let strideY, strideX: Int
  private let phases: [Phase]
  /// What stands where no tap reaches: the bias, activated. Nil where every pixel belongs to a phase.
  private let background: [Float]?

  private struct Phase: Sendable {
    var y, x: PhaseExtent
    var convolution: PackedConvolution
  }

  /// Packs weights of [C, M/g, kh, kw] and a bias of M elements for inputs of C x `input` pixels and outputs of M x
  /// `output` pixels.
  ///
  /// The window's strides space the taps' copies; its leading pads are cut off the result's beginning (its trailing pads
  /// have no say, the output's extents tell the end).
  public init(
    weights: Tensor, bias: [Float]?, window: Window, groups: Int = 1, input: (height: Int, width: Int),
    output: (height: Int, width: Int), activation: Activation = .none, storedAs type: WeightType = .float32,
    in store: WeightStore? = nil
  ) {
    self.init(
      weights: weights, bias: bias, window: window, groups: groups, input: input, output: output,
      activation: activation, storedAs: type, in: store, on: .current)
  }

  init(
    weights: Tensor, bias: [Float]?, window: Window, groups: Int, input: (height: Int, width: Int),
    output: (height: Int, width: Int), activation: Activation, storedAs type: WeightType = .float32,
    in store: WeightStore? = nil, on instructionSet: InstructionSet
  ) {
    let shape = weights.shape
    window.checkGeometry()
    precondition(
      shape.rank == 4 && shape[2] == window.kernelHeight && shape[3] == window.kernelWidth && groups > 0
        && shape[0] > 0 && shape[1] > 0 && shape[0] % groups == 0,
      "weights of \(shape) in \(groups) groups do not fit the window \(window)")
    precondition(
      input.height > 0 && input.width > 0 && output.height > 0 && output.width > 0,
      "a transposed convolution of \(input) to \(output)")
    channels = shape[0]
    outputChannels = shape[1] * groups
    precondition(bias.map { $0.count == shape[1] * groups } ?? true, "\(shape[1] * groups) outputs need as many biases")
    (inputHeight, inputWidth) = input
    (outputHeight, outputWidth) = output
    (strideY, strideX) = (window.strideY, window.strideX)
    let ys = PhaseExtent.all(
      kernel: window.kernelHeight, stride: window.strideY, dilation: window.dilationY, pad: window.padTop,
      input: input.height, output: output.height)
    let xs = PhaseExtent.all(
      kernel: window.kernelWidth, stride: window.strideX, dilation: window.dilationX, pad: window.padLeft,
      input: input.width, output: output.width)
    phases = ys.flatMap { y in
      xs.map { x in
        let window = Window(
          kernelHeight: y.taps.count, kernelWidth: x.taps.count, dilationY: y.dilation, dilationX: x.dilation,
          padTop: max(y.before, 0), padLeft: max(x.before, 0), padBottom: max(y.after, 0), padRight: max(x.after, 0))
        return Phase(
          y: y, x: x,
          convolution: PackedConvolution(
            weights: weights.turned(rows: y.taps, columns: x.taps, groups: groups), bias: bias, window: window,
            groups: groups, activation: activation, storedAs: type, in: store, on: instructionSet))
      }
    }
    let covered = ys.reduce(0) { $0 + $1.count } * xs.reduce(0) { $0 + $1.count }
    background =
      covered == output.height * output.width
      ? nil
      : Tensor(shape: [outputChannels], elements: bias ?? [Float](repeating: 0, count: outputChannels))
        .applying(activation).elements
  }

  /// The transposed convolution of a map of C x `inputHeight` x `inputWidth`.
  public func callAsFunction(_ input: FeatureMap) -> FeatureMap {
    precondition(
      input.channels == channels && input.height == inputHeight && input.width == inputWidth,
      "a transposed convolution of \(channels) x \(inputHeight) x \(inputWidth) got a map of \(input.shape)")
    if strideY == 1, strideX == 1, background == nil, let only = phases.first { return result(of: only, input) }
    var map = FeatureMap(
      uninitialized: outputChannels, outputHeight, outputWidth, on: input.instructionSet)
    if let background { map.fill(background) }
    for phase in phases {
      map.interleave(
        result(of: phase, input), top: phase.y.first, left: phase.x.first, stepY: strideY, stepX: strideX)
    }
    return map
  }

  private func result(of phase: Phase, _ input: FeatureMap) -> FeatureMap {
    phase.convolution(
      input.cropped(
        top: max(-phase.y.before, 0), left: max(-phase.x.before, 0), bottom: max(-phase.y.after, 0),
        right: max(-phase.x.after, 0)))
  }

  /// Bytes that the packed weights and biases take.
  public var byteCount: Int { phases.reduce(0) { $0 + $1.convolution.byteCount } }
}

/// One dimension of a phase: output places `first`, `first + stride`, ..., and the taps that reach them.
private struct PhaseExtent: Sendable {
  var first, count: Int
  /// Indices into the kernel such that the input pixels that they meet ascend.
  var taps: [Int]
  /// Input pixels from one tap to the next.
  var dilation: Int
  /// Padding of the phase's convolution; what is negative is cut off the input.
  var before, after: Int

  /// All phases that meet any input.
  static func all(kernel: Int, stride: Int, dilation: Int, pad: Int, input: Int, output: Int) -> [PhaseExtent] {
    let common = greatestCommonDivisor(stride, dilation)
    var taps: [Int: [Int]] = [:]
    for tap in 0..<kernel {
      // Tap k puts input i to output i * stride + k * dilation - pad.
      let remainder = (tap * dilation - pad) % stride
      taps[remainder < 0 ? remainder + stride : remainder, default: []].append(tap)
    }
    return taps.sorted { $0.key < $1.key }.compactMap { first, taps in
      guard first < output, let last = taps.last else { return nil }
      let count = (output - first - 1) / stride + 1
      let step = dilation / common
      // The input that the last tap, the one that meets the lowest, has at the phase's first place.
      let lowest = (first + pad - last * dilation) / stride
      let after = count - input + lowest + (taps.count - 1) * step
      // Of the input, something must be left.
      guard max(lowest, 0) + max(-after, 0) < input else { return nil }
      return PhaseExtent(
        first: first, count: count, taps: taps.reversed(), dilation: step, before: -lowest, after: after)
    }
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

extension Tensor {
  /// A transposed convolution's weights [C, M/g, kh, kw], of them some taps, as a convolution's [M, C/g, rows, columns].
  fileprivate func turned(rows: [Int], columns: [Int], groups: Int) -> Tensor {
    let (inputs, outputs) = (shape[0] / groups, shape[1])
    let (height, width) = (shape[2], shape[3])
    return later([outputs * groups, inputs, rows.count, columns.count]) { weights in
      weights.turned(rows, columns, groups, inputs, outputs, height, width)
    }
  }

  private func turned(
    _ rows: [Int], _ columns: [Int], _ groups: Int, _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int
  ) -> Tensor {
    Tensor(shape: [outputs * groups, inputs, rows.count, columns.count]) { buffer in
      var index = 0
      for output in 0..<outputs * groups {
        for input in 0..<inputs {
          let plane = (output / outputs * inputs + input) * outputs + output % outputs
          for row in rows {
            for column in columns {
              buffer[index] = storage.pointer[(plane * height + row) * width + column]
              index += 1
            }
          }
        }
      }
    }
  }
}
