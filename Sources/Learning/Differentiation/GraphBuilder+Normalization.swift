import Networks
import Tensors

extension GraphBuilder {
  /// Batch normalisation by the batch's own statistics; the running ones follow.
  mutating func normalizeBatch(_ node: Node, epsilon: Float, momentum: Float) -> Bool {
    let function = fusions.functions[node.outputs[0]]
    guard let layout = layout(of: node.inputs[0], as: .map), case .map(let channels, _, _) = layout,
      let input = operand(node.inputs[0], as: .map), let gamma = constant(node.inputs[1]),
      let beta = constant(node.inputs[2]), let mean = constant(node.inputs[3]),
      let variance = constant(node.inputs[4])
    else { return false }
    let whole = BatchCall.paddedChannels(channels)
    let moments = program.sampleValue(.plain(count: 2 * whole))
    add(.moments(layout), [input, moments])
    let joined = (0..<4).map { _ in program.sharedValue(.plain(count: whole)) }
    add(
      .joinMoments(layout, samples: samples, epsilon: epsilon, momentum: momentum),
      [moments, gamma, beta, mean, variance] + joined, .together)
    let output = program.sampleValue(layout)
    add(.scale(layout, function?.activation ?? .none), [joined[2], joined[3], input, output])
    kept[node.outputs[0]] = joined
    define(function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0], output, as: .map)
    return true
  }

  mutating func differentiateBatchNormalization(_ node: Node) -> Bool {
    let function = fusions.functions[node.outputs[0]]
    let result = function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0]
    guard let layout = layout(of: node.inputs[0], as: .map), case .map(let channels, _, _) = layout,
      let input = operand(node.inputs[0], as: .map), let joined = kept[node.outputs[0]]
    else { return false }
    guard let gradient = gradient(result, as: .map) else { return true }
    let whole = BatchCall.paddedChannels(channels)
    let activation = function?.activation ?? .none
    let sums = program.sampleValue(.plain(count: 2 * whole))
    let (mean, inverse, scale, shift) = (joined[0], joined[1], joined[2], joined[3])
    add(.normalizationSums(layout, activation), [mean, inverse, scale, shift, input, gradient, sums])
    let factors = program.sharedValue(.plain(count: 3 * whole))
    let targets = [node.inputs[1], node.inputs[2]].map { parameterGradient($0) }
    let given = targets.compactMap { $0 }
    let adds = !given.isEmpty && given.allSatisfy { $0.adds }
    // Of scales and shifts that stay nobody looks at the gradient; it is added later where only one of the two adds.
    let places = targets.map { target in
      if let target, target.adds == adds { return target.value }
      return program.sharedValue(.plain(count: channels))
    }
    add(
      .joinNormalizationSums(layout, samples: samples, adds: adds),
      [sums, mean, inverse, scale, places[0], places[1], factors], .together)
    for (target, place) in zip(targets, places) {
      guard let target, target.adds != adds else { continue }
      add(.combine(.add, .plain(count: channels)), [place, target.value, target.value], .together)
    }
    guard needsGradient(node.inputs[0]) else { return true }
    let back = program.sampleValue(layout)
    add(.gradientByNormalization(layout, activation), [scale, shift, factors, input, gradient, back])
    contribute(back, to: node.inputs[0], as: .map)
    return true
  }

  // MARK: Rows

  private func rows(of name: String, width: Int) -> (layout: ValueLayout, count: Int)? {
    guard let count = shapes[name]?.elementCount, width > 0 else { return nil }
    return (.plain(count: count), count / width)
  }

  mutating func normalizeLayer(_ node: Node, width: Int, epsilon: Float) -> Bool {
    guard let (layout, count) = rows(of: node.inputs[0], width: width),
      let input = operand(node.inputs[0], as: .plain), let scale = constant(node.inputs[1])
    else { return false }
    let hasShift = node.inputs.count > 2 && !node.inputs[2].isEmpty
    let shift = hasShift ? constant(node.inputs[2]) : nil
    guard program.floatCount(of: scale) == width, !hasShift || shift.map({ program.floatCount(of: $0) }) == width else {
      return false
    }
    let output = program.sampleValue(layout)
    add(.normalizeLayer(layout, rows: (count, width), epsilon: epsilon), [scale, shift, input, output])
    define(node.outputs[0], output, as: .plain)
    return true
  }

  mutating func differentiateLayerNormalization(_ node: Node, width: Int, epsilon: Float) -> Bool {
    guard let (layout, count) = rows(of: node.inputs[0], width: width),
      let input = operand(node.inputs[0], as: .plain), let scale = constant(node.inputs[1])
    else { return false }
    guard let gradient = gradient(node.outputs[0], as: .plain) else { return true }
    let sums = program.sampleValue(.plain(count: 2 * width))
    let back = program.sampleValue(layout)
    add(
      .gradientByLayerNormalization(layout, rows: (count, width), epsilon: epsilon),
      [scale, input, gradient, back, sums])
    contribute(back, to: node.inputs[0], as: .plain)
    for (position, name) in node.inputs.dropFirst().enumerated() where needsGradient(name) {
      let part = program.part(of: sums, from: position * width, count: width)
      contributeSums(of: part, stride: 2 * width, count: width, to: name)
    }
    return true
  }

  mutating func softmax(_ node: Node, width: Int) -> Bool {
    guard let (layout, count) = rows(of: node.inputs[0], width: width),
      let input = operand(node.inputs[0], as: .plain)
    else { return false }
    let output = program.sampleValue(layout)
    add(.softmax(rows: count, width: width), [input, output])
    define(node.outputs[0], output, as: .plain)
    return true
  }

  mutating func differentiateSoftmax(_ node: Node, width: Int) -> Bool {
    guard let (layout, count) = rows(of: node.inputs[0], width: width),
      let output = operand(node.outputs[0], as: .plain)
    else { return false }
    guard let gradient = gradient(node.outputs[0], as: .plain) else { return true }
    let back = program.sampleValue(layout)
    add(.gradientBySoftmax(rows: count, width: width), [output, gradient, back])
    contribute(back, to: node.inputs[0], as: .plain)
    return true
  }
}
