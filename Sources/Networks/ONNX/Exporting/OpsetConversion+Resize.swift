import Tensors

/// Resize has had its present inputs since opset 11; Upsample, and Resize of opset 10, measured from the corners.
extension OpsetConversion {
  private static let oldForm: [String: Attribute] = [
    "coordinate_transformation_mode": .string("asymmetric"), "nearest_mode": .string("floor"),
  ]

  @Sendable static func convertUpsample(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    var scales = node.inputs.count > 1 ? node.inputs[1] : ""
    if case .floats(let numbers) = node.attributes["scales"] {
      scales = to.constant(.float(Tensor(shape: [numbers.count], elements: numbers)), for: node)
    }
    var attributes = oldForm
    attributes["mode"] = node.attributes["mode"]
    to.emit("Resize", [node.inputs[0], "", scales], attributes, for: node, output: node.outputs[0])
  }

  @Sendable static func convertResize(_ to: inout OpsetConversion, _ node: Node) throws(NetworkError) {
    guard to.source.opset >= 11 else { return try convertUpsample(&to, node) }
    guard to.source.opset >= 18 else { return to.emit(node) }
    var node = node
    if case .integer(let flag) = node.attributes.removeValue(forKey: "antialias"), flag != 0 {
      throw to.refused(node, "smoothing what is made smaller (antialias)")
    }
    if case .string(let policy) = node.attributes.removeValue(forKey: "keep_aspect_ratio_policy"), policy != "stretch" {
      throw to.refused(node, "keep_aspect_ratio_policy '\(policy)'")
    }
    if node.attributes["coordinate_transformation_mode"] == .string("half_pixel_symmetric") {
      throw to.refused(node, "coordinate_transformation_mode 'half_pixel_symmetric'")
    }
    if case .integers(let axes) = node.attributes.removeValue(forKey: "axes") { try to.spread(axes, of: &node) }
    to.emit(node)
  }

  /// Names region, scales and sizes for all axes, where the node does for some.
  private mutating func spread(_ axes: [Int], of node: inout Node) throws(NetworkError) {
    let shape = try shape(of: node)
    let axes = try NodeIdentity(node).axes(axes, rank: shape.rank)
    for position in 1...3 where position < node.inputs.count && !node.inputs[position].isEmpty {
      guard let given = source.constants[node.inputs[position]] else {
        throw refused(node, "naming axes for what is known only as the network runs")
      }
      switch given {
      case .float(let tensor):
        // A region has a start for each axis, then an end for each.
        let parts = position == 1 ? 2 : 1
        guard tensor.count == parts * axes.count else { continue }
        var all: [Float] = []
        for part in 0..<parts {
          var row = [Float](repeating: Float(position == 1 ? part : 1), count: shape.rank)
          for (index, axis) in axes.enumerated() { row[axis] = tensor[part * axes.count + index] }
          all += row
        }
        node.inputs[position] = constant(.float(Tensor(shape: [all.count], elements: all)), for: node)
      case .integer(let tensor):
        guard tensor.elements.count == axes.count else { continue }
        var all = shape.dimensions
        for (index, axis) in axes.enumerated() { all[axis] = tensor.elements[index] }
        node.inputs[position] = constant(all, for: node)
      }
    }
  }
}
