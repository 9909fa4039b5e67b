import Tensors

/// Surrounds its input with a constant; negative pads cut. Pads are an attribute until opset 10 and in cut nodes, a
/// constant input from opset 11 on (with `axes` from 18).
struct Pad: Operator {
  let identity: NodeIdentity
  let pads: [Int]
  let axes: [Int]?
  let fill: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...4)
    identity = reader.identity
    let mode = try reader.string("mode", default: "constant")
    guard mode == "constant" else { throw reader.invalid("mode '\(mode)' is not supported, only 'constant'") }
    guard let pads = try reader.integers("pads", orInput: 1) else { throw reader.invalid("its pads are not given") }
    let limit = NetworkLimits.maximumWindowExtent
    guard pads.allSatisfy({ $0 >= -limit && $0 <= limit }) else { throw reader.invalid("its pads are \(pads)") }
    self.pads = pads
    axes = try reader.integers("axes", orInput: 3)
    let value = try reader.scalar(atInput: 2, called: "value")
    fill = if let value { value } else { try reader.float("value", default: 0) }
  }

  /// Elements added before and after each axis.
  func amounts(for input: Shape) throws(NetworkError) -> (before: [Int], after: [Int]) {
    let axes = try identity.axes(self.axes ?? Array(0..<input.rank), rank: input.rank)
    guard pads.count == 2 * axes.count else {
      throw identity.invalid("has \(pads.count) pads for an input of \(input)")
    }
    var before = [Int](repeating: 0, count: input.rank)
    var after = before
    for (index, axis) in axes.enumerated() {
      before[axis] = pads[index]
      after[axis] = pads[axes.count + index]
      guard Swift.max(0, -before[axis]) + Swift.max(0, -after[axis]) <= input[axis] else {
        throw identity.invalid("its pads \(pads) cut more than an input of \(input) has")
      }
    }
    return (before, after)
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let (before, after) = try amounts(for: input)
    return [try identity.checked(Shape(input.dimensions.indices.map { input[$0] + before[$0] + after[$0] }))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let (before, after) = try? amounts(for: input) else { return nil }
    if before[axis] > 0 || after[axis] > 0, fill != 0 { return nil }
    return .first(axis: axis, of: inputs, start: -before[axis])
  }

  func node(_ node: Node, computing rows: [Int], axis: Int, inputs: [Shape?]) -> Node {
    guard let input = inputs.first ?? nil, var (before, after) = try? amounts(for: input) else { return node }
    // The input, cut by the rule, holds a row for each row wanted; those of the border are zero already.
    before[axis] = 0
    after[axis] = 0
    var cut = node
    cut.inputs = node.inputs.indices.map { $0 == 0 || $0 == 2 ? node.inputs[$0] : "" }
    cut.attributes["pads"] = .integers(before + after)
    return cut
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let (before, after) = try amounts(for: value.shape)
    if (before + after).allSatisfy({ $0 == 0 }) { return [value] }
    if case .integers = value { throw identity.invalid("does not pad integers") }
    let rank = before.count
    let padsOnlyRows = (0..<rank).allSatisfy { $0 == 1 || (before[$0] == 0 && after[$0] == 0) }
    if case .map(let map) = value, padsOnlyRows, fill == 0 {
      let rows = (-before[1]..<map.channels + after[1]).map { $0 >= 0 && $0 < map.channels ? $0 : -1 }
      return [.map(map.selecting(rows: rows))]
    }
    return [.tensor(value.asTensor.padded(before: before, after: after, value: fill))]
  }
}
