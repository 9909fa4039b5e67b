import Tensors

/// The attributes that convolutions and pools share: kernel, strides, dilations, pads and `auto_pad`, one a
/// spatial dimension.
struct WindowAttributes: Sendable {
  /// One spatial dimension of a window.
  struct Extent: Hashable, Sendable {
    var kernel: Int
    var stride: Int
    var dilation: Int
    var padBefore: Int
    var padAfter: Int

    /// One pixel after the other.
    static let one = Extent(kernel: 1, stride: 1, dilation: 1, padBefore: 0, padAfter: 0)

    /// The number of places where the window fits into `input`; with `ceil`, also those that reach beyond the padding,
    /// as long as they begin before it. Nil where there is none.
    func outputExtent(_ input: Int, ceil: Bool) -> Int? {
      let span = input + padBefore + padAfter - ((kernel - 1) * dilation + 1)
      guard span >= 0 else { return nil }
      var count = span / stride + 1
      if ceil, span % stride != 0, count * stride < input + padBefore { count += 1 }
      return count
    }
  }

  enum AutoPad: String {
    case none = "NOTSET"
    case valid = "VALID"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
  }

  let identity: NodeIdentity
  let kernel: [Int]?
  let strides: [Int]?
  let dilations: [Int]?
  let pads: [Int]?
  let autoPad: AutoPad

  init(_ reader: NodeReader) throws(NetworkError) {
    identity = reader.identity
    kernel = try reader.integers("kernel_shape")
    strides = try reader.integers("strides")
    dilations = try reader.integers("dilations")
    pads = try reader.integers("pads")
    let mode = try reader.string("auto_pad", default: "NOTSET")
    guard let autoPad = AutoPad(rawValue: mode.isEmpty ? "NOTSET" : mode) else {
      throw reader.invalid("auto_pad is '\(mode)'; it takes NOTSET, VALID, SAME_UPPER or SAME_LOWER")
    }
    self.autoPad = autoPad
    let limit = NetworkLimits.maximumWindowExtent
    for (name, values, least) in [
      ("kernel_shape", kernel, 1), ("strides", strides, 1), ("dilations", dilations, 1), ("pads", pads, 0),
    ] {
      guard (values ?? []).allSatisfy({ $0 >= least && $0 <= limit }) else {
        throw reader.invalid("\(name) is \(values ?? []); each must lie in \(least)...\(limit)")
      }
    }
  }

  /// The window as its attributes say, `auto_pad` left alone. `weightKernel` are the kernel's extents where the weights
  /// tell them.
  func declaredExtents(rank: Int, weightKernel: [Int]? = nil) throws(NetworkError) -> [Extent] {
    guard let kernel = weightKernel ?? self.kernel else { throw identity.invalid("kernel_shape is not given") }
    if let weightKernel, let declared = self.kernel, declared != weightKernel {
      throw identity.invalid("kernel_shape is \(declared), its weights' is \(weightKernel)")
    }
    let strides = self.strides ?? [Int](repeating: 1, count: rank)
    let dilations = self.dilations ?? [Int](repeating: 1, count: rank)
    let pads = self.pads ?? [Int](repeating: 0, count: 2 * rank)
    guard kernel.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank else {
      throw identity.invalid("kernel, strides, dilations and pads must be for \(rank) spatial dimensions")
    }
    guard kernel.allSatisfy({ $0 >= 1 && $0 <= NetworkLimits.maximumWindowExtent }) else {
      throw identity.invalid("kernel_shape is \(kernel)")
    }
    return (0..<rank).map { index in
      var extent = Extent(
        kernel: kernel[index], stride: strides[index], dilation: dilations[index], padBefore: pads[index],
        padAfter: pads[rank + index])
      if autoPad == .valid { (extent.padBefore, extent.padAfter) = (0, 0) }
      return extent
    }
  }

  /// The window over `spatial` extents.
  func extents(over spatial: [Int], weightKernel: [Int]? = nil) throws(NetworkError) -> [Extent] {
    var extents = try declaredExtents(rank: spatial.count, weightKernel: weightKernel)
    guard autoPad == .sameUpper || autoPad == .sameLower else { return extents }
    for (index, extent) in extents.enumerated() {
      let places = (spatial[index] + extent.stride - 1) / extent.stride
      let reach = (places - 1) * extent.stride + (extent.kernel - 1) * extent.dilation + 1
      let total = Swift.max(0, reach - spatial[index])
      extents[index].padBefore = autoPad == .sameUpper ? total / 2 : total - total / 2
      extents[index].padAfter = total - extents[index].padBefore
    }
    return extents
  }

  func outputExtents(
    over spatial: [Int], weightKernel: [Int]? = nil, ceil: Bool = false
  ) throws(NetworkError) -> [Int] {
    var outputs: [Int] = []
    for (input, extent) in zip(spatial, try extents(over: spatial, weightKernel: weightKernel)) {
      guard let output = extent.outputExtent(input, ceil: ceil) else {
        throw identity.invalid("its window of \(extent.kernel) does not fit into an input of \(spatial)")
      }
      outputs.append(output)
    }
    return outputs
  }

  /// The kernels' form of the window; one spatial dimension becomes the width of a map of height 1.
  func window(over spatial: [Int], weightKernel: [Int]? = nil) throws(NetworkError) -> Window {
    Window(try extents(over: spatial, weightKernel: weightKernel).suffix(2))
  }
}

extension Window {
  /// The window of the extents over height and width, or over the width of a map of height 1.
  init(_ extents: some BidirectionalCollection<WindowAttributes.Extent>) {
    let y = extents.count > 1 ? extents[extents.startIndex] : .one
    let x = extents.last ?? .one
    self.init(
      kernelHeight: y.kernel, kernelWidth: x.kernel, strideY: y.stride, strideX: x.stride, dilationY: y.dilation,
      dilationX: x.dilation, padTop: y.padBefore, padLeft: x.padBefore, padBottom: y.padAfter, padRight: x.padAfter)
  }
}
