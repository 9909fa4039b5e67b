import Tensors

/// Dilated average and Lp pools are newer than opset 17, and tools differ in what they divide a window by that reaches
/// beyond the padding (`ceil_mode`): both are said as a convolution with ones.
extension OpsetConversion {
  /// Whether a place that begins in the last padding counts has changed: what is rounded up is padded instead. Of whole
  /// numbers, tools find the largest among doubles.
  @Sendable static func convertMaxPool(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let window = try PooledWindow(
      try to.operation(of: node, as: MaxPool.self), of: try to.shape(of: node))
    var converted = node
    _ = converted.padRoundedUp(window)
    guard to.types[node.inputs[0]] == .integer else { return to.emit(converted) }
    to.emit(converted, reckoningIn: .double)
  }

  @Sendable static func convertAveragePool(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let pool = try to.operation(of: node, as: AveragePool.self)
    let window = try PooledWindow(pool, of: try to.shape(of: node))
    var converted = node
    if !window.isDilated, !window.isRoundedUp || !pool.countsPadding, converted.padRoundedUp(window) {
      converted.attributes["dilations"] = nil
      return to.emit(converted)
    }
    let sums = try to.emitSums(of: node.inputs[0], under: window, for: node)
    let counts = to.constant(.float(window.counts(withPadding: pool.countsPadding)), for: node)
    to.emit("Div", [sums, counts], for: node, output: node.outputs[0])
  }

  @Sendable static func convertLpPool(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    let pool = try to.operation(of: node, as: LpPool.self)
    let window = try PooledWindow(pool, of: try to.shape(of: node))
    guard window.isDilated || window.isRoundedUp else {
      var converted = node
      converted.attributes["dilations"] = nil
      converted.attributes["ceil_mode"] = nil
      return to.emit(converted)
    }
    let magnitudes = to.emit("Abs", [node.inputs[0]], for: node)
    let powers = to.emit("Pow", [magnitudes, to.scalar(Float(pool.norm.p), for: node)], for: node)
    let sums = try to.emitSums(of: powers, under: window, for: node)
    to.emit("Pow", [sums, to.scalar(1 / Float(pool.norm.p), for: node)], for: node, output: node.outputs[0])
  }

  /// The sums under each place of a window: over the last two dimensions, then over the first of three.
  private mutating func emitSums(
    of name: String, under window: PooledWindow, for node: Node
  ) throws(NetworkError) -> String {
    let (samples, channels) = (window.input[0], window.input[1])
    guard
      cappedProduct([channels] + window.extents.map(\.kernel) + window.input.dimensions[2...].prefix(1))
        <= Self.maximumOnes
    else { throw refused(node, "a window of \(window.extents.map(\.kernel))") }
    guard window.extents.count == 3 else {
      return emitSums(of: name, channels: channels, Array(window.padded), for: node)
    }
    let (depth, output) = (window.input[2], window.places)
    let planes = Shape([samples, channels * depth, window.input[3], window.input[4]])
    let flat = emit("Reshape", [name, constant(planes.dimensions, for: node)], for: node)
    let summed = emitSums(of: flat, channels: channels * depth, Array(window.padded[1...]), for: node)
    let columns = [samples, channels, depth, output[1] * output[2]]
    let turned = emit("Reshape", [summed, constant(columns, for: node)], for: node)
    let all = emitSums(of: turned, channels: channels, [window.padded[0], .one], for: node)
    return emit("Reshape", [all, constant([samples, channels] + output, for: node)], for: node)
  }

  /// Elements of a kernel of ones: 64 MiB.
  private static let maximumOnes = 1 << 24

  private mutating func emitSums(
    of name: String, channels: Int, _ extents: [WindowAttributes.Extent], for node: Node
  ) -> String {
    let kernel = Shape([channels, 1] + extents.map(\.kernel))
    let ones = constant(.float(Tensor(shape: kernel, repeating: 1)), for: node)
    return emit(
      "Conv", [name, ones],
      [
        "group": .integer(channels), "kernel_shape": .integers(extents.map(\.kernel)),
        "strides": .integers(extents.map(\.stride)), "dilations": .integers(extents.map(\.dilation)),
        "pads": .integers(extents.map(\.padBefore) + extents.map(\.padAfter)),
      ], for: node)
  }
}

extension Node {
  /// Pads what a pool rounds up, so that it need not; whether that could be: no padding may be a whole window.
  fileprivate mutating func padRoundedUp(_ window: PooledWindow) -> Bool {
    if window.isRoundedUp {
      let padded = window.padded
      guard padded.allSatisfy({ $0.padAfter < $0.kernel }) else { return false }
      attributes["auto_pad"] = nil
      attributes["pads"] = .integers(padded.map(\.padBefore) + padded.map(\.padAfter))
    }
    attributes["ceil_mode"] = nil
    return true
  }
}

/// A pool's window over an input, and the places where it stands.
private struct PooledWindow {
  let input: Shape
  let extents: [WindowAttributes.Extent]
  let places: [Int]
  let isRoundedUp: Bool

  init(_ pool: some PoolOperator, of input: Shape) throws(NetworkError) {
    self.input = input
    let spatial = Array(input.dimensions[2...])
    extents = try pool.windowAttributes.extents(over: spatial)
    places = Array(try pool.pooledShape(input).dimensions[2...])
    isRoundedUp = try places != pool.windowAttributes.outputExtents(over: spatial)
  }

  var isDilated: Bool { extents.contains { $0.dilation > 1 && $0.kernel > 1 } }

  /// The extents, padded so that the last place has its whole window.
  var padded: [WindowAttributes.Extent] {
    zip(extents, zip(places, input.dimensions[2...])).map { extent, place in
      var extent = extent
      let reach = (place.0 - 1) * extent.stride + (extent.kernel - 1) * extent.dilation + 1
      extent.padAfter = Swift.max(reach - place.1 - extent.padBefore, 0)
      return extent
    }
  }

  /// What the sum at each place is divided by, [places]; at least 1.
  func counts(withPadding: Bool) -> Tensor {
    var counts = Tensor(shape: [], elements: [1])
    for (dimension, extent) in extents.enumerated() {
      let length = input[2 + dimension]
      // The elements that count: those of the input, or the padding's, too.
      let first = withPadding ? -extent.padBefore : 0
      let end = withPadding ? length + extent.padAfter : length
      let own = (0..<places[dimension]).map { place in
        let start = place * extent.stride - extent.padBefore
        let skipped = start < first ? (first - start + extent.dilation - 1) / extent.dilation : 0
        let reached = start < end ? (end - 1 - start) / extent.dilation + 1 : 0
        return Float(Swift.max(Swift.min(reached, extent.kernel) - skipped, 0))
      }
      let further = [Int](repeating: 1, count: extents.count - 1 - dimension)
      counts = Tensor.combining(counts, Tensor(shape: Shape([own.count] + further), elements: own), .multiply)
    }
    return counts.map { Swift.max($0, 1) }
  }
}
