import Networks
import Tensors

extension OperatorCase {
  static let layers = [
    OperatorCase("Conv") { try convolution(&$0, rank: 2) { draw in (draw.number(1...19), 1, draw.number(1...19)) } },
    OperatorCase("Conv, 1-D") {
      try convolution(&$0, rank: 1) { draw in (draw.number(1...19), 1, draw.number(1...19)) }
    },
    OperatorCase("Conv, grouped") {
      try convolution(&$0, rank: 2) { draw in
        let groups = draw.number(2...4)
        return (groups * draw.number(2...9), groups, groups * draw.number(1...9))
      }
    },
    OperatorCase("Conv, depthwise") {
      try convolution(&$0, rank: 2) { draw in
        let channels = draw.number(2...35)
        return (channels, channels, channels)
      }
    },
    OperatorCase("Conv, 1 x 1") {
      try convolution(&$0, rank: 2, kernel: 1) { draw in (draw.number(1...40), 1, draw.number(1...40)) }
    },
    OperatorCase("Conv, 3 x 3, even", networks: 3, most: 4) { draw in
      let shape: Shape = [1, draw.number(16...36), draw.number(7...12), draw.number(7...12)]
      let x = try draw.builder.convolution(try draw.value(shape), channels: draw.number(16...36), kernel: 3)
      return [try draw.withFunction(x)]
    },
  ]

  /// With window, strides, dilations and pads as they come.
  private static func convolution(
    _ draw: inout NetworkDraw, rank: Int, kernel: Int? = nil,
    _ channels: (inout NetworkDraw) -> (input: Int, groups: Int, output: Int)
  ) throws -> [String] {
    let (input, groups, output) = channels(&draw)
    var (kernels, strides, dilations, before, after, extents): ([Int], [Int], [Int], [Int], [Int], [Int]) =
      ([], [], [], [], [], [])
    for _ in 0..<rank {
      kernels.append(kernel ?? draw.number(1...4))
      strides.append(draw.number(1...3))
      dilations.append(draw.number(1...2))
      let reach = (kernels[kernels.count - 1] - 1) * dilations[dilations.count - 1]
      before.append(draw.number(0...reach))
      after.append(draw.number(0...reach))
      extents.append(draw.number(max(1, reach + 1 - before[before.count - 1])...(reach + (rank == 1 ? 9 : 4))))
    }
    let x = try draw.anyValue(Shape([1, input] + extents))
    let fan = Float(input / groups * kernels.reduce(1, *))
    var inputs = [
      x, draw.builder.random(Shape([output, input / groups] + kernels), spread: (3 / fan).squareRoot()),
    ]
    if draw.coin() { inputs.append(draw.builder.random([output], spread: 0.5)) }
    let y = try draw.add(
      "Conv", inputs,
      [
        "kernel_shape": .integers(kernels), "strides": .integers(strides), "dilations": .integers(dilations),
        "pads": .integers(before + after), "group": .integer(groups),
      ])
    return [try draw.withFunction(y)]
  }

  static let products = [
    OperatorCase("Gemm") { draw in
      let (rows, depth, columns) = (draw.number(1...5), draw.number(1...20), draw.number(1...20))
      let transposes = draw.coin()
      var inputs = [
        try draw.anyValue([rows, depth]),
        draw.builder.random(transposes ? [columns, depth] : [depth, columns], spread: 0.5),
      ]
      switch draw.number(0...2) {
      case 0: break
      case 1: inputs.append(draw.builder.random([columns], spread: 0.5))
      default: inputs.append(draw.builder.random([1, columns], spread: 0.5))
      }
      let scale: Float = draw.coin() ? 1 : draw.number(0.3...2)
      return [
        try draw.withFunction(
          try draw.add("Gemm", inputs, ["transB": .integer(transposes ? 1 : 0), "alpha": .float(scale)]))
      ]
    },
    OperatorCase("MatMul, weights") { draw in
      var shape = draw.shape(rank: draw.number(2...4), upTo: 4)
      shape[shape.rank - 1] = draw.number(1...20)
      let x = try draw.anyValue(shape)
      let y = try draw.add(
        "MatMul", [x, draw.builder.random([shape[shape.rank - 1], draw.number(1...20)], spread: 0.5)])
      return [try draw.withFunction(y)]
    },
    OperatorCase("MatMul, two activations") { draw in
      let rank = draw.number(2...4)
      let outer = draw.shape(rank: rank - 2, upTo: 3).dimensions
      let (rows, depth, columns) = (draw.number(1...6), draw.number(1...9), draw.number(1...6))
      let left = try draw.anyValue(Shape(outer + [rows, depth]))
      let right = try draw.anyValue(Shape(outer + [depth, columns]))
      return [try draw.add("MatMul", [left, right])]
    },
  ]

  static let normalizations = [
    OperatorCase("BatchNormalization, rank 2", most: 6) { try batchNormalization(&$0, rank: 2) },
    OperatorCase("BatchNormalization, rank 3", most: 6) { try batchNormalization(&$0, rank: 3) },
    OperatorCase("BatchNormalization, rank 4", most: 6) { try batchNormalization(&$0, rank: 4) },
    OperatorCase("LayerNormalization") { draw in
      let rank = draw.number(2...4)
      var shape = draw.shape(rank: rank, upTo: 4)
      shape[rank - 1] = draw.number(3...20)
      let axis = draw.number(1...min(rank - 1, 2))
      let width = Shape(Array(shape.dimensions.suffix(axis)))
      var inputs = [try draw.anyValue(shape), draw.builder.random(width, spread: 0.5, around: 1)]
      if draw.coin() { inputs.append(draw.builder.random(width, spread: 0.5)) }
      return [
        try draw.add("LayerNormalization", inputs, ["axis": .integer(-axis), "epsilon": .float(1e-3)])
      ]
    },
    OperatorCase("Softmax") { draw in
      var shape = draw.shape(rank: draw.number(1...4), upTo: 4)
      shape[shape.rank - 1] = draw.number(2...20)
      return [try draw.add("Softmax", [try draw.anyValue(shape, spread: 2)], ["axis": .integer(-1)])]
    },
  ]

  private static func batchNormalization(_ draw: inout NetworkDraw, rank: Int) throws -> [String] {
    var shape = draw.shape(rank: rank, upTo: 5)
    shape[0] = 1
    shape[1] = draw.number(1...20)
    let x = try draw.anyValue(shape)
    let y = try draw.builder.batchNormalization(x)
    return [try draw.withFunction(y)]
  }
}
