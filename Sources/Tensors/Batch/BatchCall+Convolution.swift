import CKernels

/// The extents of a convolution of one sample.
public struct ConvolutionGeometry: Hashable, Sendable {
  public var channels, height, width: Int
  public var outputChannels: Int
  public var groups: Int
  public var window: Window

  public init(channels: Int, height: Int, width: Int, outputChannels: Int, groups: Int, window: Window) {
    self.channels = channels
    self.height = height
    self.width = width
    self.outputChannels = outputChannels
    self.groups = groups
    self.window = window
  }

  public var input: ValueLayout { .map(channels: channels, height: height, width: width) }
  public var output: ValueLayout {
    .map(
      channels: outputChannels, height: window.outputHeight(height), width: window.outputWidth(width))
  }
  /// Weights M x C/g x kh x kw.
  public var weightCount: Int {
    outputChannels * (channels / groups) * window.kernelHeight * window.kernelWidth
  }

  /// Numbers that the packed weights take.
  public var packedCount: Int {
    var work = work
    return InstructionSet.current.kernels.packed_count(&work)
  }

  /// Numbers that weights take which are also kept transformed, for convolutions that are computed often; 0 where that
  /// is of no use.
  public var transformedCount: Int {
    var work = work
    return InstructionSet.current.kernels.transformed_count(&work)
  }

  /// The outputs' extents with the pixels that strides left out: what the gradient's convolution takes.
  public var spreadOutput: ValueLayout {
    .map(
      channels: outputChannels, height: (output.height - 1) * window.strideY + 1 + spareRows,
      width: (output.width - 1) * window.strideX + 1 + spareColumns)
  }

  private var reachY: Int { (window.kernelHeight - 1) * window.dilationY }
  private var reachX: Int { (window.kernelWidth - 1) * window.dilationX }

  /// Rows at the end that no window reached, because the stride did not divide; and columns.
  private var spareRows: Int {
    height + window.padTop + window.padBottom - reachY - 1 - (output.height - 1) * window.strideY
  }
  private var spareColumns: Int {
    width + window.padLeft + window.padRight - reachX - 1 - (output.width - 1) * window.strideX
  }

  /// The convolution that leads from the outputs' gradient, spread, to that by the inputs; its weights are turned.
  ///
  /// Padding beyond the window's reach would need a crop: nil then.
  public var backward: ConvolutionGeometry? {
    guard window.padTop <= reachY, window.padBottom <= reachY, window.padLeft <= reachX, window.padRight <= reachX
    else { return nil }
    return ConvolutionGeometry(
      channels: outputChannels, height: spreadOutput.height, width: spreadOutput.width, outputChannels: channels,
      groups: groups,
      window: Window(
        kernelHeight: window.kernelHeight, kernelWidth: window.kernelWidth, dilationY: window.dilationY,
        dilationX: window.dilationX, padTop: reachY - window.padTop, padLeft: reachX - window.padLeft,
        padBottom: reachY - window.padBottom, padRight: reachX - window.padRight))
  }

  /// Whether the kernels compute it as it is: several filters on each single channel need the channel repeated.
  public var isDirect: Bool { groups == 1 || channels > groups || channels == outputChannels }

  var work: ek_convolution {
    var work = ek_convolution()
    (work.channels, work.height, work.width) = (channels, height, width)
    (work.out_channels, work.out_height, work.out_width) = (outputChannels, output.height, output.width)
    work.groups = groups
    work.window = window.forKernels
    work.activation = Activation.none.forKernels
    return work
  }
}

extension BatchCall {
  /// Operands: packed weights, the transformed ones or nil, bias padded to whole blocks, input map, residual map or nil;
  /// output map.
  public static func convolve(_ geometry: ConvolutionGeometry, _ activation: Activation = .none) -> BatchCall {
    var work = geometry.work
    work.activation = activation.forKernels
    return BatchCall(EK_CONVOLVE, operands: 6) { $0.as.convolution = work }
  }

  /// Operands: weights M x C/g x kh x kw; packed ones, and `transformedCount` transformed ones or nil.
  public static func pack(_ geometry: ConvolutionGeometry) -> BatchCall {
    BatchCall(EK_PACK, operands: 3, written: 2) { $0.as.packing.convolution = geometry.work }
  }

  /// Operands: weights M x C/g x kh x kw; turned ones, C x M/g x kh x kw.
  public static func turnFilters(_ geometry: ConvolutionGeometry) -> BatchCall {
    BatchCall(EK_TURN_FILTERS, operands: 2) {
      $0.as.filter_turn = ek_filter_turn(
        out_channels: geometry.outputChannels, channels: geometry.channels, groups: geometry.groups,
        kernel_height: geometry.window.kernelHeight, kernel_width: geometry.window.kernelWidth, from: nil, to: nil)
    }
  }

  /// A convolution's outputs with zeros where its stride left pixels out. Operands: map; `geometry.spreadOutput`.
  public static func spread(_ geometry: ConvolutionGeometry) -> BatchCall {
    let (from, to) = (geometry.output, geometry.spreadOutput)
    return BatchCall(EK_SPREAD, operands: 2) {
      $0.as.spreading = ek_spreading(
        channels: from.channels, height: from.height, width: from.width, stride_y: geometry.window.strideY,
        stride_x: geometry.window.strideX, out_height: to.height, out_width: to.width, input: nil, output: nil)
    }
  }

  /// The gradient by a convolution's weights, summed over the samples. To be done together.
  ///
  /// Operands: input maps, gradient by the outputs; gradient by the weights.
  public static func gradientByWeights(_ geometry: ConvolutionGeometry, samples: Int, adds: Bool) -> BatchCall {
    var work = ek_weight_gradient()
    work.samples = samples
    (work.channels, work.height, work.width) = (geometry.channels, geometry.height, geometry.width)
    (work.out_channels, work.out_height, work.out_width) = (
      geometry.outputChannels, geometry.output.height, geometry.output.width
    )
    work.groups = geometry.groups
    work.window = geometry.window.forKernels
    work.input_stride = geometry.input.floatCount(on: .current)
    work.gradient_stride = geometry.output.floatCount(on: .current)
    work.adds = adds ? 1 : 0
    return BatchCall(EK_GRADIENT_BY_WEIGHTS, operands: 3) { $0.as.weight_gradient = work }
  }

  /// Each channel's sum over a map's pixels, of products where a second map is given. Operands: map, map or nil;
  /// `map(channels, 1, 1)`.
  public static func channelSums(_ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_CHANNEL_SUMS, operands: 3) {
      $0.as.channel_sums = ek_channel_sums(
        channels: layout.channels, pixels: layout.pixels, a: nil, b: nil, output: nil)
    }
  }
}
