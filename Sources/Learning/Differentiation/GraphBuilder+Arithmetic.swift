import Networks
import Tensors

// Sums, differences, products and quotients of two operands. Maps with one number a channel have a kernel; all other
// broadcasting is done by writing the smaller operand out, and summing its gradient up.
extension GraphBuilder {
  mutating func calculate(_ node: Node, _ operation: Tensor.Arithmetic) -> Bool {
    if let scaling = scaling(node, operation) { return scale(node, scaling) }
    let function = fusions.functions[node.outputs[0]]
    guard let operands = alignedOperands(node), let layout = layout(of: node.outputs[0], as: operands.form) else {
      return false
    }
    let output = program.sampleValue(layout)
    add(.combine(operation, layout, function?.activation ?? .none), [operands.left, operands.right, output])
    kept[node.outputs[0]] = [operands.left, operands.right, output]
    define(function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0], output, as: operands.form)
    return true
  }

  mutating func differentiateArithmetic(_ node: Node, _ operation: Tensor.Arithmetic) -> Bool {
    if let scaling = scaling(node, operation) { return differentiate(node, scaling) }
    let function = fusions.functions[node.outputs[0]]
    let result = function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0]
    let form = form(of: result)
    guard let values = kept[node.outputs[0]], let layout = layout(of: result, as: form) else { return false }
    guard var gradient = gradient(result, as: form) else { return true }
    let (left, right, output) = (values[0], values[1], values[2])
    if let function {
      let inner = program.sampleValue(layout)
      add(.gradient(by: function.activation, layout), [output, gradient, inner])
      gradient = inner
    }
    for (position, name) in node.inputs.enumerated() where needsGradient(name) {
      var back = gradient
      func result(_ call: BatchCall, _ operands: [Value?]) -> Value {
        let value = program.sampleValue(layout)
        add(call, operands + [value])
        return value
      }
      switch (operation, position) {
      case (.add, _), (.subtract, 0): break
      case (.subtract, _): back = result(.mix(-1, 0, layout), [gradient, gradient])
      case (.multiply, 0): back = result(.combine(.multiply, layout), [gradient, right])
      case (.multiply, _): back = result(.combine(.multiply, layout), [gradient, left])
      case (.divide, 0): back = result(.combine(.divide, layout), [gradient, right])
      case (.divide, _):
        let share = result(.combine(.multiply, layout), [gradient, output])
        let quotient = result(.combine(.divide, layout), [share, right])
        back = result(.mix(-1, 0, layout), [quotient, quotient])
      }
      guard contribute(back, ofResult: node.outputs[0], to: name, as: form) else { return false }
    }
    return true
  }

  // MARK: Operands of the result's shape

  private mutating func alignedOperands(_ node: Node) -> (left: Value, right: Value, form: Form)? {
    guard node.inputs.count == 2, let shape = shapes[node.outputs[0]] else { return nil }
    let areAlike = node.inputs.allSatisfy { shapes[$0] == shape && !isConstant($0) }
    let form: Form = areAlike && node.inputs.contains { self.form(of: $0) == .map } ? .map : .plain
    let values = node.inputs.map { aligned($0, to: shape, as: form) }
    guard let left = values[0], let right = values[1] else { return nil }
    return (left, right, form)
  }

  private mutating func aligned(_ name: String, to shape: Shape, as form: Form) -> Value? {
    guard let own = shapes[name] else { return nil }
    if own == shape, !isConstant(name) { return operand(name, as: form) }
    guard let source = isConstant(name) ? constant(name) : operand(name, as: .plain),
      let axes = broadcast(own, to: shape)
    else { return nil }
    let value = program.sampleValue(.plain(count: shape.elementCount))
    add(.move(axes), [source, value])
    return value
  }

  /// How a value is written out to a larger shape.
  private func broadcast(_ shape: Shape, to whole: Shape, back: Bool = false) -> [BatchCall.Axis]? {
    let missing = whole.rank - shape.rank
    var (step, from): (Int, [Int]) = (1, [Int](repeating: 0, count: whole.rank))
    for axis in shape.dimensions.indices.reversed() {
      if shape[axis] != 1 { from[axis + missing] = step }
      step *= shape[axis]
    }
    var axes: [BatchCall.Axis] = []
    step = 1
    for axis in whole.dimensions.indices.reversed() {
      axes.insert(
        BatchCall.Axis(whole[axis], from: back ? step : from[axis], to: back ? from[axis] : step), at: 0)
      step *= whole[axis]
    }
    axes = BatchCall.Axis.joined(axes)
    return axes.count <= BatchCall.mostAxes ? axes : nil
  }

  /// Adds a gradient of the result's shape to that by an operand, summed up where the operand was written out.
  private mutating func contribute(
    _ value: Value, ofResult result: String, to name: String, as form: Form
  ) -> Bool {
    guard let own = shapes[name], let shape = shapes[result] else { return false }
    if own == shape, !isConstant(name) {
      contribute(value, to: name, as: form)
      return true
    }
    guard form == .plain, let axes = broadcast(own, to: shape, back: true) else { return false }
    let layout = ValueLayout.plain(count: own.elementCount)
    let sum = program.sampleValue(layout)
    add(.fill(0, layout), [sum])
    add(.move(axes, adds: true), [value, sum])
    if isConstant(name) {
      contributeSums(of: sum, stride: own.elementCount, count: own.elementCount, to: name)
    } else {
      contribute(sum, to: name, as: .plain)
    }
    return true
  }

  // MARK: One number a channel

  /// A map and what its channels are multiplied with, or what is added to them.
  private struct Scaling {
    var map, numbers: String
    var multiplies: Bool
    var sign: Float = 1
  }

  private func scaling(_ node: Node, _ operation: Tensor.Arithmetic) -> Scaling? {
    guard node.inputs.count == 2, let shape = shapes[node.outputs[0]], shape.rank == 4 || shape.rank == 3 else {
      return nil
    }
    func isPerChannel(_ name: String) -> Bool {
      guard let own = shapes[name], own.rank <= shape.rank else { return false }
      let dimensions = [Int](repeating: 1, count: shape.rank - own.rank) + own.dimensions
      return dimensions.indices.allSatisfy { dimensions[$0] == ($0 == 1 ? shape[1] : 1) }
    }
    for (map, numbers) in [(0, 1), (1, 0)] {
      let (name, operand) = (node.inputs[map], node.inputs[numbers])
      guard shapes[name] == shape, !isConstant(name), isPerChannel(operand), shapes[operand] != shape else { continue }
      switch operation {
      case .multiply where isConstant(operand) || shapes[operand]?.rank == shape.rank:
        return Scaling(map: name, numbers: operand, multiplies: true)
      case .add where isConstant(operand): return Scaling(map: name, numbers: operand, multiplies: false)
      case .subtract where isConstant(operand) && map == 0:
        return Scaling(map: name, numbers: operand, multiplies: false, sign: -1)
      default: continue
      }
    }
    return nil
  }

  private mutating func scale(_ node: Node, _ scaling: Scaling) -> Bool {
    guard let layout = layout(of: scaling.map, as: .map), case .map(let channels, _, _) = layout,
      let input = operand(scaling.map, as: .map),
      let numbers = isConstant(scaling.numbers)
        ? padded(scaling.numbers, count: channels, scale: scaling.sign) : operand(scaling.numbers, as: .map)
    else { return false }
    let function = fusions.functions[node.outputs[0]]
    guard function == nil else { return false }
    kept[node.outputs[0]] = [numbers]
    let output = program.sampleValue(layout)
    add(
      .scale(layout), [scaling.multiplies ? numbers : nil, scaling.multiplies ? nil : numbers, input, output])
    define(node.outputs[0], output, as: .map)
    return true
  }

  private mutating func differentiate(_ node: Node, _ scaling: Scaling) -> Bool {
    guard let layout = layout(of: scaling.map, as: .map), case .map(let channels, _, _) = layout,
      let input = operand(scaling.map, as: .map), let numbers = kept[node.outputs[0]]?.first
    else { return false }
    guard let gradient = gradient(node.outputs[0], as: .map) else { return true }
    if needsGradient(scaling.map) {
      var back = gradient
      if scaling.multiplies {
        back = program.sampleValue(layout)
        add(.scale(layout), [numbers, nil, gradient, back])
      }
      contribute(back, to: scaling.map, as: .map)
    }
    guard needsGradient(scaling.numbers) else { return true }
    let sumLayout = ValueLayout.map(channels: channels, height: 1, width: 1)
    let sums = program.sampleValue(sumLayout)
    add(.channelSums(layout), [gradient, scaling.multiplies ? input : nil, sums])
    if scaling.sign != 1 { add(.mix(scaling.sign, 0, sumLayout), [sums, sums, sums]) }
    guard isConstant(scaling.numbers) else {
      contribute(sums, to: scaling.numbers, as: .map)
      return true
    }
    contributeSums(of: sums, stride: program.floatCount(of: sums), count: channels, to: scaling.numbers)
    return true
  }
}
