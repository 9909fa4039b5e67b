import Tensors

/// Surrounds its input with a constant, or with elements of its own: its edge, its mirror image (without the edge) or
/// itself again (`wrap`, from opset 19). Negative pads cut, before anything is added. Pads are an attribute until opset 10 and in cut nodes, a
/// constant input from opset 11 on (with `axes` from 18).
struct Pad: Operator {
  enum Mode: String { case constant, reflect, edge, wrap }

  let identity: NodeIdentity
  let mode: Mode
  let pads: [Int]
  let axes: [Int]?
  let fill: Float

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 1...4)
    identity = reader.identity
    mode = try reader.choice("mode", default: .constant)
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
      let kept = input[axis] + Swift.min(0, before[axis]) + Swift.min(0, after[axis])
      guard mode == .constant || kept > 0 || (before[axis] <= 0 && after[axis] <= 0) else {
        throw identity.invalid("its pads \(pads) leave nothing of an input of \(input) to be repeated")
      }
    }
    return (before, after)
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .all }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let (before, after) = try amounts(for: input)
    return [try identity.checked(Shape(input.dimensions.indices.map { input[$0] + before[$0] + after[$0] }))]
  }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? {
    guard let input = inputs.first ?? nil, let (before, after) = try? amounts(for: input) else { return nil }
    if before[axis] > 0 || after[axis] > 0, fill != 0 || mode != .constant { return nil }
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
    if mode != .constant {
      var value = value
      for axis in before.indices where before[axis] != 0 || after[axis] != 0 {
        value = value.selecting(sources(before[axis], after[axis], extent: value.shape[axis]), axis: axis)
      }
      return [value]
    }
    if case .integers(let tensor) = value { return [.integers(try padded(tensor, before, after))] }
    let rank = before.count
    let padsOnlyRows = (0..<rank).allSatisfy { $0 == 1 || (before[$0] == 0 && after[$0] == 0) }
    if case .map(let map) = value, padsOnlyRows, fill == 0 {
      let rows = (-before[1]..<map.channels + after[1]).map { $0 >= 0 && $0 < map.channels ? $0 : -1 }
      return [.map(map.selecting(rows: rows))]
    }
    return [.tensor(value.asTensor.padded(before: before, after: after, value: fill))]
  }

  /// Integers inside a border of the constant, which must be one.
  private func padded(_ tensor: IntegerTensor, _ before: [Int], _ after: [Int]) throws(NetworkError) -> IntegerTensor {
    guard let fill = Int(exactly: fill) else { throw identity.invalid("cannot pad integers with \(self.fill)") }
    var result = tensor
    // 1 where an element stays, 0 in the border.
    var mask = IntegerTensor(shape: tensor.shape, elements: tensor.elements.map { _ in 1 })
    for axis in before.indices {
      let indices = (-before[axis]..<tensor.shape[axis] + after[axis]).map {
        $0 >= 0 && $0 < tensor.shape[axis] ? $0 : -1
      }
      result = result.selecting(indices: indices, axis: axis)
      mask = mask.selecting(indices: indices, axis: axis)
    }
    result.elements = zip(result.elements, mask.elements).map { $1 == 1 ? $0 : fill }
    return result
  }

  /// The index that each index of a padded axis repeats.
  func sources(_ before: Int, _ after: Int, extent: Int) -> [Int] {
    let first = Swift.max(0, -before)
    let kept = extent - first - Swift.max(0, -after)
    return (-Swift.max(0, before)..<kept + Swift.max(0, after)).map { index in
      switch mode {
      case .constant, .edge: return first + Swift.min(Swift.max(index, 0), kept - 1)
      case .wrap: return first + ((index % kept) + kept) % kept
      case .reflect:
        guard kept > 1 else { return first }
        // There and back again.
        let period = 2 * (kept - 1)
        let place = ((index % period) + period) % period
        return first + Swift.min(place, period - place)
      }
    }
  }
}
