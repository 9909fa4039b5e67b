import Tensors

/// Resize's predecessor (until opset 9): scales as an attribute, from opset 9 as a constant input; elements are taken
/// from, or interpolated between, their places counted from the first.
struct Upsample: ResizeOperator {
  let identity: NodeIdentity
  let interpolation: Interpolation
  private let scales: [Float]
  private let cutAxes: [Interpolation.Axis]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...2)
    identity = reader.identity
    interpolation = Interpolation(
      mode: try reader.choice("mode", default: .nearest), rounding: .simple, coordinates: .asymmetric)
    cutAxes = try Self.cutAxes(reader)
    guard let scales = try reader.floats("scales", orInput: 1) else { throw reader.invalid("its scales are not given") }
    self.scales = scales
  }

  func resizedAxes(of input: Shape) throws(NetworkError) -> [Interpolation.Axis] {
    guard scales.count == input.rank else {
      throw identity.invalid("has \(scales.count) scales for an input of \(input)")
    }
    if let cutAxes { return try checked(cutAxes, of: input) }
    var resized: [Interpolation.Axis] = []
    for (axis, scale) in scales.enumerated() {
      let extent = (Float(input[axis]) * scale).rounded(.down)
      guard extent >= 0, extent <= Float(NetworkLimits.maximumElements) else {
        throw identity.invalid("cannot resize axis \(axis) of \(input) by \(scale)")
      }
      resized.append(.init(axis: axis, scale: Double(scale), output: Int(extent)))
    }
    return try checked(resized, of: input)
  }
}
