import Tensors

/// What Resize and Upsample share: axes that are resampled one by one.
protocol ResizeOperator: Operator {
  var identity: NodeIdentity { get }
  var interpolation: Interpolation { get }
  /// The axes that change, for an input; ascending.
  func resizedAxes(of input: Shape) throws(NetworkError) -> [Interpolation.Axis]
}

extension ResizeOperator {
  /// The axes of `input` with their scales, as they stand in the attributes of a cut node: `scales` and `sizes` of every
  /// axis. Nil in nodes as they come.
  static func cutAxes(_ reader: NodeReader) throws(NetworkError) -> [Interpolation.Axis]? {
    guard let sizes = try reader.integers("sizes"), let scales = try reader.floats("scales"),
      let regions = try reader.floats("roi")
    else { return nil }
    guard sizes.count == scales.count, regions.count == 2 * sizes.count else {
      throw reader.invalid("its scales, sizes and roi differ in number")
    }
    return sizes.indices.map {
      .init(
        axis: $0, scale: Double(scales[$0]), output: sizes[$0],
        region: [Double(regions[$0]), Double(regions[sizes.count + $0])])
    }
  }

  /// The axes, each checked: with a scale and an output that can be.
  func checked(_ axes: [Interpolation.Axis], of input: Shape) throws(NetworkError) -> [Interpolation.Axis] {
    guard !input.dimensions.contains(0) else { throw identity.invalid("its input \(input) is empty") }
    let limit = NetworkLimits.maximumResizedExtent
    for axis in axes where !interpolation.isIdentity(axis, input: input[axis.axis]) {
      let extent = Double(input[axis.axis])
      // But for rounding, scale and output agree: a filter's taps are then bounded by the input.
      guard axis.scale.isFinite, axis.scale > 0, axis.output > 0,
        abs(axis.scale * extent - Double(axis.output)) <= 1 + 1e-6 * Double(axis.output)
      else { throw identity.invalid("cannot resize axis \(axis.axis) of \(input) by \(axis.scale) to \(axis.output)") }
      guard input[axis.axis] <= limit, axis.output <= limit else {
        throw identity.invalid(
          "resizes axis \(axis.axis) of \(input) to \(axis.output); at most \(limit) are supported")
      }
    }
    return axes.sorted { $0.axis < $1.axis }
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    var shape = try identity.shape(inputs, 0)
    for axis in try resizedAxes(of: shape) { shape[axis.axis] = axis.output }
    return [try identity.checked(shape)]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let axes = try? resizedAxes(of: input) else { return nil }
    if let own = axes.first(where: { $0.axis == axis }), !interpolation.isIdentity(own, input: input[axis]) {
      return nil
    }
    return .first(axis: axis, of: inputs)
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard let input = inputs.first ?? nil, let axes = try? resizedAxes(of: input) else { return node }
    var sizes = input.dimensions
    var scales = [Float](repeating: 1, count: input.rank)
    var regions = scales.map { _ in Float(0) } + scales
    for resized in axes where resized.axis != axis {
      sizes[resized.axis] = resized.output
      scales[resized.axis] = Float(resized.scale)
      regions[resized.axis] = Float(resized.region[0])
      regions[input.rank + resized.axis] = Float(resized.region[1])
    }
    sizes[axis] = rows.count
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 ? node.inputs[0] : "" }
    cut.attributes["axes"] = nil
    cut.attributes["keep_aspect_ratio_policy"] = nil
    cut.attributes["sizes"] = .integers(sizes)
    cut.attributes["scales"] = .floats(scales)
    cut.attributes["roi"] = .floats(regions)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    var value = try identity.value(inputs, 0)
    let input = value.shape
    let axes = try resizedAxes(of: input).filter { !interpolation.isIdentity($0, input: input[$0.axis]) }
    if case .integers = value { throw identity.invalid("takes numbers with a fraction; its input holds integers") }
    let isOnPixels = axes.allSatisfy { $0.axis == 2 || $0.axis == 3 }
    if case .map(let map) = value, isOnPixels {
      let both = [2, 3].map { position in
        let axis = axes.first { $0.axis == position }
        return axis.map { interpolation.resampling($0, input: input[position]) } ?? .identity(input[position])
      }
      value = .map(map.resampled(height: both[0], width: both[1]))
    } else {
      // Those that shrink first: nothing between is larger than input and output.
      for axis in axes.sorted(by: { $0.scale < $1.scale }) {
        let resampling = interpolation.resampling(axis, input: input[axis.axis])
        value = .tensor(value.asTensor.resampled(axis: axis.axis, resampling))
      }
    }
    for axis in axes {
      let outside = interpolation.outside(axis, input: input[axis.axis])
      if !outside.isEmpty {
        value = .tensor(value.asTensor.replacing(outside, axis: axis.axis, with: interpolation.extrapolation))
      }
    }
    return [value]
  }
}

extension Tensor {
  /// The tensor with all elements at the given indices of an axis set to a number.
  fileprivate func replacing(_ indices: [Int], axis: Int, with number: Float) -> Tensor {
    var mask = [Float](repeating: 0, count: shape[axis])
    for index in indices { mask[index] = 1 }
    var flags = [Int](repeating: 1, count: shape.rank)
    flags[axis] = shape[axis]
    return Tensor.combining(self, Tensor(shape: Shape(flags), elements: mask)) { $1 == 0 ? $0 : number }
  }
}
