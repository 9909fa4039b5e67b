import Tensors

/// Gives axes other extents by interpolation. The new extents are constant inputs: `scales` (position 1 in opset 10,
/// then 2) or `sizes` (3); in cut nodes they are attributes.
struct Resize: ResizeOperator {
  enum AspectRatio: String {
    case stretch
    case notLarger = "not_larger"
    case notSmaller = "not_smaller"
  }

  let identity: NodeIdentity
  let interpolation: Interpolation
  let aspectRatio: AspectRatio
  private let axes: [Int]?
  private let scales: [Float]?
  private let sizes: [Int]?
  /// Starts of all axes, then ends.
  private let region: [Float]?
  private let cutAxes: [Interpolation.Axis]?

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...4)
    identity = reader.identity
    let isFirst = reader.opset < 11
    var interpolation = Interpolation(
      mode: try reader.choice("mode", default: .nearest),
      rounding: try reader.choice("nearest_mode", default: isFirst ? .simple : .preferFloor),
      coordinates: try reader.choice("coordinate_transformation_mode", default: isFirst ? .asymmetric : .halfPixel))
    interpolation.cubicCoefficient = try reader.float("cubic_coeff_a", default: -0.75)
    interpolation.excludesOutside = try reader.flag("exclude_outside")
    interpolation.antialiases = try reader.flag("antialias")
    interpolation.extrapolation = try reader.float("extrapolation_value", default: 0)
    self.interpolation = interpolation
    aspectRatio = try reader.choice("keep_aspect_ratio_policy", default: .stretch)
    axes = try reader.integers("axes")
    cutAxes = try Self.cutAxes(reader)
    if cutAxes != nil {
      (scales, sizes, region) = (nil, nil, nil)
      return
    }
    let scales = try reader.floats("scales", orInput: isFirst ? 1 : 2) ?? []
    self.scales = scales.isEmpty ? nil : scales
    let sizes = try isFirst ? [] : reader.integers("sizes", orInput: 3) ?? []
    self.sizes = sizes.isEmpty ? nil : sizes
    guard scales.isEmpty != sizes.isEmpty else { throw reader.invalid("takes either scales or sizes") }
    region =
      try interpolation.coordinates == .cropAndResize ? reader.floats("roi", orInput: isFirst ? .max : 1) : nil
    guard interpolation.coordinates != .cropAndResize || region != nil else {
      throw reader.invalid("crops, but its roi is not given")
    }
  }

  func resizedAxes(of input: Shape) throws(NetworkError) -> [Interpolation.Axis] {
    if let cutAxes {
      guard cutAxes.count == input.rank else { throw identity.invalid("its sizes do not fit an input of \(input)") }
      return try checked(cutAxes, of: input)
    }
    let axes = try identity.axes(self.axes ?? Array(0..<input.rank), rank: input.rank)
    guard (scales?.count ?? sizes?.count) == axes.count, region.map({ $0.count == 2 * axes.count }) ?? true else {
      throw identity.invalid("has \(scales?.count ?? sizes?.count ?? 0) scales or sizes for \(axes.count) axes")
    }
    guard !input.dimensions.contains(0) else { throw identity.invalid("its input \(input) is empty") }
    var resized: [Interpolation.Axis] = []
    for (position, axis) in axes.enumerated() {
      let extent = Double(input[axis])
      var own = Interpolation.Axis(axis: axis, scale: 1, output: input[axis])
      if let scale = scales?[position] {
        own.scale = Double(scale)
        own.output = try identity.extent(Double(Float(extent) * scale), rounded: .down)
      } else if let size = sizes?[position] {
        own.scale = Double(size) / extent
        own.output = size
      }
      if let region { own.region = [Double(region[position]), Double(region[axes.count + position])] }
      resized.append(own)
    }
    guard sizes != nil, aspectRatio != .stretch else { return try checked(resized, of: input) }
    let factors = resized.map(\.scale)
    let scale = (aspectRatio == .notLarger ? factors.min() : factors.max()) ?? 1
    for index in resized.indices {
      resized[index].scale = scale
      resized[index].output = try identity.extent(scale * Double(input[resized[index].axis]) + 0.5, rounded: .down)
    }
    return try checked(resized, of: input)
  }
}

extension NodeIdentity {
  /// A computed extent as an integer; throws where there is none that could be one.
  fileprivate func extent(
    _ number: Double, rounded rule: FloatingPointRoundingRule
  ) throws(NetworkError) -> Int {
    let rounded = number.rounded(rule)
    guard rounded >= 0, rounded <= Double(NetworkLimits.maximumElements), let extent = Int(exactly: rounded) else {
      throw invalid("cannot resize an axis to \(number)")
    }
    return extent
  }
}
