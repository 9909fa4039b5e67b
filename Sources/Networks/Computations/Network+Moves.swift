import Tensors

extension Network {
  /// The moves of each of an operator's outputs, where moving numbers is all that it does.
  func moves(
    of operation: any Operator, _ node: Node, _ inputs: [Shape?], _ output: Shape, _ shapes: [String: Shape]
  ) throws(NetworkError) -> [[Computation.Move]]? {
    guard let input = inputs[0] else { return nil }
    let (from, to) = (input.steps, output.steps)
    switch operation {
    case let transpose as Transpose:
      let permutation = try transpose.permutation(rank: input.rank)
      return [[Computation.Move(input: 0, along: output, from: permutation.map { from[$0] }, to: to)]]
    case let slice as Slice:
      var (steps, offset) = (from, 0)
      for part in try slice.parts(of: input) {
        steps[part.axis] = from[part.axis] * part.step
        offset += from[part.axis] * part.start
      }
      return [[Computation.Move(input: 0, along: output, from: steps, inputOffset: offset, to: to)]]
    case let pad as Pad:
      guard pad.mode == .constant, pad.fill == 0 else { return nil }
      let (before, after) = try pad.amounts(for: input)
      let kept = Shape(input.dimensions.indices.map { input[$0] + min(before[$0], 0) + min(after[$0], 0) })
      return [
        [
          Computation.Move(
            input: 0, along: kept, from: from, inputOffset: zip(before, from).reduce(0) { $0 + max(-$1.0, 0) * $1.1 },
            to: to, outputOffset: zip(before, to).reduce(0) { $0 + max($1.0, 0) * $1.1 })
        ]
      ]
    case let concat as Concat:
      let axis = try concat.identity.axis(concat.axis, rank: output.rank)
      var (moves, start): ([Computation.Move], Int) = ([], 0)
      for (position, shape) in inputs.enumerated() {
        guard let shape else { continue }
        moves.append(
          Computation.Move(input: position, along: shape, from: shape.steps, to: to, outputOffset: start * to[axis]))
        start += shape[axis]
      }
      return [moves]
    case let split as Split:
      let (axis, ranges) = try split.ranges(of: input)
      return zip(node.outputs, ranges).map { name, range in
        guard let shape = shapes[name] else { return [] }
        return [
          Computation.Move(
            input: 0, along: shape, from: from, inputOffset: range.lowerBound * from[axis], to: shape.steps)
        ]
      }
    case let gather as Gather:
      guard case .integer(let indices) = constants[node.inputs[1]], indices.elements.count <= 64 else { return nil }
      return [try moves(of: gather, input, indices)]
    case is Expand:
      let missing = output.rank - input.rank
      let steps = output.dimensions.indices.map { $0 < missing || input[$0 - missing] == 1 ? 0 : from[$0 - missing] }
      return [[Computation.Move(input: 0, along: output, from: steps, to: to)]]
    case let reduction as ReduceMean: return [[try move(of: reduction.reduced, input, isMean: true)]]
    case let reduction as ReduceSum: return [[try move(of: reduction.reduced, input, isMean: false)]]
    default: return nil
    }
  }

  /// A move for each index that is taken.
  private func moves(
    of gather: Gather, _ input: Shape, _ indices: IntegerTensor
  ) throws(NetworkError) -> [Computation.Move] {
    let axis = try gather.identity.axis(gather.axis, rank: input.rank)
    let inner = input.dimensions[(axis + 1)...].reduce(1, *)
    let outer = input.dimensions[..<axis].reduce(1, *)
    var moves: [Computation.Move] = []
    for (place, index) in indices.elements.enumerated() {
      let source = index < 0 ? index + input[axis] : index
      guard source >= 0, source < input[axis] else {
        throw gather.identity.invalid("its index \(index) is not within an extent of \(input[axis])")
      }
      moves.append(
        Computation.Move(
          input: 0, along: [outer, inner], from: [input[axis] * inner, 1], inputOffset: source * inner,
          to: [indices.elements.count * inner, 1], outputOffset: place * inner))
    }
    return moves
  }

  private func move(
    of reduced: ReducedAxes, _ input: Shape, isMean: Bool
  ) throws(NetworkError) -> Computation.Move {
    let axes = try reduced.axes(of: input)
    let kept = Shape(input.dimensions.indices.map { axes.contains($0) ? 1 : input[$0] })
    let steps = kept.steps.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
    var move = Computation.Move(input: 0, along: input, from: input.steps, to: steps)
    if isMean { move.scale = 1 / Float(axes.reduce(1) { $0 * input[$1] }) }
    return move
  }
}

extension Computation.Move {
  /// For each index within a shape.
  fileprivate init(
    input: Int, along shape: Shape, from: [Int], inputOffset: Int = 0, to: [Int], outputOffset: Int = 0
  ) {
    self.init(
      input: input,
      axes: shape.dimensions.indices.map { Axis(extent: shape[$0], inputStep: from[$0], outputStep: to[$0]) },
      inputOffset: inputOffset, outputOffset: outputOffset)
  }
}
