import Tensors

/// Resize has had its present inputs since opset 11, Upsample is older. What newer opsets can say (axes, keeping the
/// aspect, filters against aliasing), and ways of resizing that tools do not agree on, are said axis by axis: by indices
/// where elements are only taken, else as products with the matrix of weights.
extension OpsetConversion {
  @Sendable static func convertResize(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    guard let operation = try to.operation(of: node) as? any ResizeOperator else {
      throw NodeIdentity(node).invalid("is not what its name says")
    }
    let shape = try to.shape(of: node)
    let interpolation = operation.interpolation
    let axes = try operation.resizedAxes(of: shape).filter { !interpolation.isIdentity($0, input: shape[$0.axis]) }
    if let attributes = interpolation.attributes(of: axes, shape) {
      var sizes = shape.dimensions
      var region = shape.dimensions.map { _ in Float(0) } + shape.dimensions.map { _ in Float(1) }
      for axis in axes {
        sizes[axis.axis] = axis.output
        region[axis.axis] = Float(axis.region[0])
        region[shape.rank + axis.axis] = Float(axis.region[1])
      }
      var cropped = ""
      if interpolation.coordinates == .cropAndResize {
        cropped = to.constant(.float(Tensor(shape: [region.count], elements: region)), for: node)
      }
      let inputs = [node.inputs[0], cropped, "", to.constant(sizes, for: node)]
      to.emit(
        Node(name: node.name, operatorType: "Resize", inputs: inputs, outputs: node.outputs, attributes: attributes))
      return
    }
    var name = node.inputs[0]
    for axis in axes.sorted(by: { $0.scale < $1.scale }) {
      let resampling = interpolation.resampling(axis, input: shape[axis.axis])
      name = try to.resample(name, axis: axis.axis, rank: shape.rank, resampling, for: node)
    }
    for axis in axes {
      let outside = interpolation.outside(axis, input: shape[axis.axis])
      guard !outside.isEmpty else { continue }
      var kept = [Float](repeating: 1, count: axis.output)
      for index in outside { kept[index] = 0 }
      let extents = Shape([axis.output] + [Int](repeating: 1, count: shape.rank - 1 - axis.axis))
      let mask = Tensor(shape: extents, elements: kept)
      name = to.emit("Mul", [name, to.constant(.float(mask), for: node)], for: node)
      let filled = mask.map { (1 - $0) * interpolation.extrapolation }
      name = to.emit("Add", [name, to.constant(.float(filled), for: node)], for: node)
    }
    to.emit("Identity", [name], for: node, output: node.outputs[0])
  }

  /// Resamples one axis of a value.
  private mutating func resample(
    _ name: String, axis: Int, rank: Int, _ resampling: Resampling, for node: Node
  ) throws(NetworkError) -> String {
    if let indices = resampling.indices {
      return emit("Gather", [name, constant(indices, for: node)], ["axis": .integer(axis)], for: node)
    }
    guard cappedProduct([resampling.input, resampling.output]) <= Self.maximumMatrix else {
      throw refused(node, "resizing \(resampling.input) elements to \(resampling.output) in this way")
    }
    let matrix = resampling.matrix
    if axis == rank - 2 { return emit("MatMul", [constant(.float(matrix), for: node), name], for: node) }
    let transposed = constant(.float(matrix.transposed([1, 0])), for: node)
    if axis == rank - 1 { return emit("MatMul", [name, transposed], for: node) }
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 1)
    let permutation: [String: Attribute] = ["perm": .integers(order)]
    let last = emit("Transpose", [name], permutation, for: node)
    return emit("Transpose", [emit("MatMul", [last, transposed], for: node)], permutation, for: node)
  }

  /// Elements of a matrix of weights: 64 MiB.
  private static let maximumMatrix = 1 << 24
}

extension Interpolation {
  /// The attributes of a Resize of opset 13 by sizes that does the same; nil where there is none that all tools agree on.
  func attributes(of axes: [Axis], _ input: Shape) -> [String: Attribute]? {
    let isOnPixels = input.rank == 4 && axes.allSatisfy { $0.axis >= 2 }
    guard !antialiases, mode == .nearest || isOnPixels,
      // Sizes tell the scale only where it fills them.
      axes.allSatisfy({ abs($0.scale * Double(input[$0.axis]) - Double($0.output)) <= 1e-6 * Double($0.output) })
    else { return nil }
    var attributes: [String: Attribute] = ["mode": .string(mode.rawValue)]
    switch coordinates {
    case .halfPixel, .halfPixelSymmetric:
      attributes["coordinate_transformation_mode"] = .string(Coordinates.halfPixel.rawValue)
    case .pytorchHalfPixel, .alignCorners, .asymmetric:
      attributes["coordinate_transformation_mode"] = .string(coordinates.rawValue)
    case .cropAndResize:
      guard mode == .linear else { return nil }
      attributes["coordinate_transformation_mode"] = .string(coordinates.rawValue)
      attributes["extrapolation_value"] = .float(extrapolation)
    case .halfPixelForNearest: return nil
    }
    switch (mode, rounding) {
    case (.nearest, .simple):
      let (grows, shrinks) = (axes.contains { $0.scale > 1 }, axes.contains { $0.scale < 1 })
      guard !grows || !shrinks else { return nil }
      attributes["nearest_mode"] = .string((shrinks ? Rounding.ceil : .floor).rawValue)
    case (.nearest, _): attributes["nearest_mode"] = .string(rounding.rawValue)
    case (.linear, _): break
    case (.cubic, _):
      attributes["cubic_coeff_a"] = .float(cubicCoefficient)
      attributes["exclude_outside"] = .integer(excludesOutside ? 1 : 0)
    }
    return attributes
  }
}
