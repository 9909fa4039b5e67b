import Networks
import Tensors

extension GraphBuilder {
  /// The convolution's extents, or nil where the kernels cannot compute its gradient.
  private func geometry(_ node: Node, _ window: Window, groups: Int) -> ConvolutionGeometry? {
    guard let input = layout(of: node.inputs[0], as: .map), let output = layout(of: node.outputs[0], as: .map),
      case .map(let channels, let height, let width) = input, case .map(let outputChannels, _, _) = output
    else { return nil }
    let geometry = ConvolutionGeometry(
      channels: channels, height: height, width: width, outputChannels: outputChannels, groups: groups,
      window: window)
    return geometry.isDirect && geometry.backward != nil ? geometry : nil
  }

  /// Once for all samples: the weights packed, and transformed where that helps.
  private mutating func pack(_ weights: Value, _ geometry: ConvolutionGeometry) -> (packed: Value, transformed: Value?)
  {
    let packed = program.sharedValue(.plain(count: geometry.packedCount))
    let count = geometry.transformedCount
    let transformed = count > 0 ? program.sharedValue(.plain(count: count)) : nil
    add(.pack(geometry), [weights, packed, transformed], .byStep, in: .packing)
    return (packed, transformed)
  }

  mutating func convolve(_ node: Node, _ window: Window, groups: Int) -> Bool {
    let function = fusions.functions[node.outputs[0]]
    guard let geometry = geometry(node, window, groups: groups), let input = operand(node.inputs[0], as: .map),
      let weights = constant(node.inputs[1]),
      let bias = padded(node.inputs.count > 2 ? node.inputs[2] : nil, count: geometry.outputChannels)
    else { return false }
    let (packed, transformed) = pack(weights, geometry)
    let result = function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0]
    let output = program.sampleValue(geometry.output)
    add(.convolve(geometry, function?.activation ?? .none), [packed, transformed, bias, input, nil, output])
    define(result, output, as: .map)
    return true
  }

  mutating func differentiateConvolution(_ node: Node, _ window: Window, groups: Int) -> Bool {
    let function = fusions.functions[node.outputs[0]]
    let result = function.map { network.nodes[$0.node].outputs[0] } ?? node.outputs[0]
    guard let geometry = geometry(node, window, groups: groups), let back = geometry.backward,
      let input = operand(node.inputs[0], as: .map), let weights = constant(node.inputs[1])
    else { return false }
    guard var gradient = gradient(result, as: .map) else { return true }
    if let function {
      guard let output = operand(result, as: .map) else { return false }
      let sums = program.sampleValue(geometry.output)
      add(.gradient(by: function.activation, geometry.output), [output, gradient, sums])
      gradient = sums
    }
    if node.inputs.count > 2, !node.inputs[2].isEmpty, needsGradient(node.inputs[2]) {
      let sums = program.sampleValue(.map(channels: geometry.outputChannels, height: 1, width: 1))
      add(.channelSums(geometry.output), [gradient, nil, sums])
      contributeSums(
        of: sums, stride: program.floatCount(of: sums), count: geometry.outputChannels, to: node.inputs[2])
    }
    if needsGradient(node.inputs[0]) {
      let turned = program.sharedValue(.plain(count: geometry.weightCount))
      add(.turnFilters(geometry), [weights, turned], .byStep, in: .turning)
      let (packed, transformed) = pack(turned, back)
      var spread = gradient
      if geometry.spreadOutput != geometry.output {
        spread = program.sampleValue(geometry.spreadOutput)
        add(.spread(geometry), [gradient, spread])
      }
      // What others contributed already is added as the kernel stores.
      let before = formOfGradient(node.inputs[0]) == .map ? self.gradient(node.inputs[0], as: .map) : nil
      let sum = program.sampleValue(back.output)
      add(.convolve(back), [packed, transformed, padded(nil, count: geometry.channels), spread, before, sum])
      if before != nil {
        replaceGradient(node.inputs[0], sum, as: .map)
      } else {
        contribute(sum, to: node.inputs[0], as: .map)
      }
    }
    if let target = parameterGradient(node.inputs[1]) {
      add(
        .gradientByWeights(geometry, samples: samples, adds: target.adds), [input, gradient, target.value],
        .together)
    }
    return true
  }
}
