import Networks
import Plans
import Tensors

/// Measures the curves of a board's profile.
struct CurveMeasurement {
  let stopwatch: NodeStopwatch
  let block: Int
  /// Told what is measured next.
  let progress: (String) -> Void

  // Points beyond these are not measured: the nearest one's rate stands in.
  private static let mostWeights = 3 << 20
  private static let mostMultiplyAccumulates = 1 << 30
  private static let mostElements = 4 << 20

  /// All curves.
  func curves() throws -> [CostCurve] {
    var curves: [CostCurve] = []
    for (kernel, stride) in [(1, 1), (1, 2), (3, 1), (3, 2), (5, 1), (7, 2)] {
      progress("convolution, \(kernel) x \(kernel), stride \(stride)")
      curves.append(try convolution(kernel: kernel, stride: stride))
    }
    for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1)] {
      progress("depthwise convolution, \(kernel) x \(kernel), stride \(stride)")
      curves.append(try depthwise(kernel: kernel, stride: stride))
    }
    progress("fully connected layers")
    curves.append(try linear())
    for kernel in [2, 3] {
      progress("pooling, \(kernel) x \(kernel)")
      curves.append(try pool(kernel: kernel))
    }
    for kind in Self.elementKinds {
      progress(kind.rawValue)
      curves.append(try elements(kind))
    }
    return curves
  }

  private static let sides = [7, 14, 28, 56, 112]

  private func convolution(kernel: Int, stride: Int) throws -> CostCurve {
    let channels = [3, 16, 64, 256, 1024]
    let rows = [block, 64, 256, 1024]
    let axes = [channels, rows, Self.sides.map { $0 * $0 }]
    return try curve(.convolution, kernel: kernel, stride: stride, axes: axes) { place in
      let (channels, rows, side) = (place[0], place[1], Self.sides[place[2]])
      let weights: Shape = [rows, channels, kernel, kernel]
      let input: Shape = [1, channels, side * stride, side * stride]
      let operations = weights.elementCount * side * side
      guard weights.elementCount <= Self.mostWeights, operations <= Self.mostMultiplyAccumulates,
        input.elementCount <= Self.mostElements, rows * side * side <= Self.mostElements
      else { return nil }
      let counted =
        kernel == 3 && stride == 1
        ? weights.elementCount * CostCurve.tiledPixels(height: side, width: side) : operations
      return (2 * counted, try window(weights, input: input, kernel: kernel, stride: stride, groups: 1))
    }
  }

  private func depthwise(kernel: Int, stride: Int) throws -> CostCurve {
    let axes = [[16, 64, 256, 1024], Self.sides.map { $0 * $0 }]
    return try curve(.depthwise, kernel: kernel, stride: stride, axes: axes) { place in
      let (channels, side) = (place[0], Self.sides[place[1]])
      let input: Shape = [1, channels, side * stride, side * stride]
      guard input.elementCount <= Self.mostElements else { return nil }
      let weights: Shape = [channels, 1, kernel, kernel]
      return (
        2 * weights.elementCount * side * side,
        try window(weights, input: input, kernel: kernel, stride: stride, groups: channels)
      )
    }
  }

  private func window(_ weights: Shape, input: Shape, kernel: Int, stride: Int, groups: Int) throws -> Double {
    let before = (kernel - 1) / 2
    let after = Swift.max(kernel - stride - before, 0)
    let node = Node(
      name: "node", operatorType: "Conv", inputs: ["x", "w", "b"], outputs: ["y"],
      attributes: [
        "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
        "pads": .integers([before, before, after, after]), "group": .integer(groups),
      ])
    return try stopwatch.seconds(
      [node], inputs: [.init(shape: input)], constants: ["w": filled(weights), "b": filled([weights[0]])])
  }

  private func linear() throws -> CostCurve {
    try curve(.linear, axes: [[64, 256, 1024, 4096, 16384], [16, 64, 256, 1024, 4096]]) { place in
      let (inputs, outputs) = (place[0], place[1])
      guard inputs * outputs <= 4096 * 4096 else { return nil }
      let node = Node(
        name: "node", operatorType: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"], attributes: ["transB": .integer(1)]
      )
      return (
        4 * inputs * outputs,
        try stopwatch.seconds(
          [node], inputs: [.init(shape: [1, inputs], isMap: false)],
          constants: ["w": filled([outputs, inputs]), "b": filled([outputs])])
      )
    }
  }

  private func pool(kernel: Int) throws -> CostCurve {
    try curve(.pool, kernel: kernel, stride: 2, axes: [Self.sides.map { 64 * $0 * $0 }]) { place in
      let side = Self.sides[place[0]]
      let extent = 2 * side + kernel - 2
      let node = Node(
        name: "node", operatorType: "MaxPool", inputs: ["x"], outputs: ["y"],
        attributes: ["kernel_shape": .integers([kernel, kernel]), "strides": .integers([2, 2])])
      return (
        64 * side * side * kernel * kernel,
        try stopwatch.seconds([node], inputs: [.init(shape: [1, 64, extent, extent])])
      )
    }
  }

  // MARK: Element by element

  private static let elementKinds: [CostCurve.Kind] = [
    .unary, .binary, .function, .normalization, .softmax, .globalPool, .moving,
  ]

  /// Of maps of 64 channels and growing extents.
  private func elements(_ kind: CostCurve.Kind) throws -> CostCurve {
    let passes = kind == .binary ? 3 : kind == .globalPool ? 1 : 2
    return try curve(kind, axes: [Self.sides.map { passes * 4 * 64 * $0 * $0 }]) { place in
      let side = Self.sides[place[0]]
      let map: Shape = [1, 64, side, side]
      let seconds: Double
      switch kind {
      case .normalization:
        seconds = try stopwatch.seconds(
          [
            Node(
              name: "last", operatorType: "Transpose", inputs: ["x"], outputs: ["l"],
              attributes: ["perm": .integers([0, 2, 3, 1])]),
            Node(
              name: "node", operatorType: "LayerNormalization", inputs: ["l", "s", "b"], outputs: ["n"],
              attributes: ["axis": .integer(-1)]),
            Node(
              name: "first", operatorType: "Transpose", inputs: ["n"], outputs: ["y"],
              attributes: ["perm": .integers([0, 3, 1, 2])]),
          ], inputs: [.init(shape: map)], constants: ["s": filled([64]), "b": filled([64])])
      case .softmax:
        seconds = try stopwatch.seconds(
          [
            Node(
              name: "node", operatorType: "Softmax", inputs: ["x"], outputs: ["y"], attributes: ["axis": .integer(-1)])
          ],
          inputs: [.init(shape: [1, side * side, 64], isMap: false)])
      default:
        let (operatorType, attributes): (String, [String: Attribute]) =
          switch kind {
          case .unary: ("LeakyRelu", [:])
          case .binary: ("Add", [:])
          case .function: ("Gelu", [:])
          case .globalPool: ("GlobalAveragePool", [:])
          default: ("Transpose", ["perm": .integers([0, 2, 1, 3])])
          }
        let inputs = kind == .binary ? ["x", "x2"] : ["x"]
        seconds = try stopwatch.seconds(
          [Node(name: "node", operatorType: operatorType, inputs: inputs, outputs: ["y"], attributes: attributes)],
          inputs: inputs.map { _ in .init(shape: map) })
      }
      return (passes * 4 * 64 * side * side, seconds)
    }
  }

  // MARK: Curves

  private func filled(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, elements: [Float](repeating: 0.01, count: shape.elementCount))
  }

  /// A curve over the axes. `measure` is given the value along each axis but the last, of which it gets the index where
  /// that axis stands for something else; it gives the amount and its seconds, or nil where that would take too long.
  private func curve(
    _ kind: CostCurve.Kind, kernel: Int = 1, stride: Int = 1, axes: [[Int]],
    _ measure: ([Int]) throws -> (amount: Int, seconds: Double)?
  ) throws -> CostCurve {
    let usesIndex = kind != .linear
    var rates: [Int?] = []
    for point in 0..<axes.reduce(1, { $0 * $1.count }) {
      var place = indices(of: point, in: axes)
      for axis in axes.indices where axis < axes.count - 1 || !usesIndex { place[axis] = axes[axis][place[axis]] }
      guard let (amount, seconds) = try measure(place), seconds > 0 else {
        rates.append(nil)
        continue
      }
      rates.append(Swift.max(Int(Double(amount) / seconds), 1))
    }
    return CostCurve(kind: kind, kernel: kernel, stride: stride, axes: axes, rates: filled(rates, axes))
  }

  private func indices(of point: Int, in axes: [[Int]]) -> [Int] {
    var rest = point
    var indices: [Int] = []
    for axis in axes.reversed() {
      indices.append(rest % axis.count)
      rest /= axis.count
    }
    return indices.reversed()
  }

  /// What was not measured has the rate of the nearest point that was, by steps along the axes.
  private func filled(_ rates: [Int?], _ axes: [[Int]]) -> [Int] {
    let places = rates.indices.map { indices(of: $0, in: axes) }
    return rates.indices.map { point in
      if let rate = rates[point] { return rate }
      let nearest = rates.indices.filter { rates[$0] != nil }.min { a, b in
        func distance(_ other: Int) -> Int { zip(places[point], places[other]).reduce(0) { $0 + abs($1.0 - $1.1) } }
        return (distance(a), a) < (distance(b), b)
      }
      return nearest.flatMap { rates[$0] } ?? 1
    }
  }
}
