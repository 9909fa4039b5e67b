import Networks
import Tensors

extension OperatorCase {
  static let pools = [
    OperatorCase("MaxPool") { try pool(&$0, "MaxPool", rank: 2) },
    OperatorCase("MaxPool, 1-D") { try pool(&$0, "MaxPool", rank: 1) },
    OperatorCase("AveragePool") { try pool(&$0, "AveragePool", rank: 2) },
    OperatorCase("AveragePool, 1-D") { try pool(&$0, "AveragePool", rank: 1) },
    OperatorCase("GlobalAveragePool") { try globalPool(&$0, "GlobalAveragePool") },
    OperatorCase("GlobalMaxPool") { try globalPool(&$0, "GlobalMaxPool") },
  ]

  private static func pool(_ draw: inout NetworkDraw, _ operatorType: String, rank: Int) throws -> [String] {
    var (kernels, strides, dilations, before, after, extents): ([Int], [Int], [Int], [Int], [Int], [Int]) =
      ([], [], [], [], [], [])
    for _ in 0..<rank {
      let (kernel, dilation) = (draw.number(1...4), draw.number(1...2))
      let reach = (kernel - 1) * dilation
      kernels.append(kernel)
      dilations.append(dilation)
      strides.append(draw.number(1...3))
      before.append(draw.number(0...reach))
      after.append(draw.number(0...reach))
      extents.append(draw.number((reach + 1)...(reach + 5)))
    }
    var attributes: [String: Attribute] = [
      "kernel_shape": .integers(kernels), "strides": .integers(strides), "dilations": .integers(dilations),
      "pads": .integers(before + after), "ceil_mode": .integer(draw.number(0...1)),
    ]
    if operatorType == "AveragePool" { attributes["count_include_pad"] = .integer(draw.number(0...1)) }
    let x = try draw.anyValue(Shape([1, draw.number(1...19)] + extents))
    return [try draw.add(operatorType, [x], attributes)]
  }

  private static func globalPool(_ draw: inout NetworkDraw, _ operatorType: String) throws -> [String] {
    var shape = draw.shape(rank: draw.number(3...4), upTo: 6)
    (shape[0], shape[1]) = (1, draw.number(1...20))
    return [try draw.add(operatorType, [try draw.anyValue(shape)])]
  }

  static let moves = [
    OperatorCase("Reshape", networks: 4) { draw in
      let (a, b, c) = (draw.number(1...4), draw.number(1...4), draw.number(1...4))
      let x = try draw.anyValue([1, a, b, c])
      return [
        try draw.add("Reshape", [x, draw.builder.constant(draw.one(of: [[a * b, c], [c, -1, a], [1, b, c * a]]))])
      ]
    },
    OperatorCase("Flatten", networks: 4) { draw in
      let x = try draw.anyValue(Shape([1] + draw.shape(rank: 3).dimensions))
      return [try draw.add("Flatten", [x], ["axis": .integer(draw.number(0...4))])]
    },
    OperatorCase("Squeeze and Unsqueeze", networks: 4) { draw in
      let x = try draw.anyValue([1, draw.number(1...9), 1, draw.number(1...5)])
      let y = try draw.add("Squeeze", [x, draw.builder.constant([2])])
      let z = try draw.add("Unsqueeze", [try draw.add("Tanh", [y]), draw.builder.constant([0, 3])])
      return [z]
    },
    OperatorCase("Identity", networks: 2) { draw in
      [
        try draw.add(
          "Identity", [try draw.add("Identity", [try draw.anyValue(Shape([1] + draw.shape(rank: 3).dimensions))])])
      ]
    },
    OperatorCase("Transpose") { draw in
      let rank = draw.number(2...5)
      var permutation = Array(0..<rank)
      for index in permutation.indices { permutation.swapAt(index, draw.number(0...(rank - 1))) }
      let x = try draw.anyValue(draw.shape(rank: rank, upTo: rank > 4 ? 3 : 5))
      return [try draw.add("Transpose", [x], ["perm": .integers(permutation)])]
    },
    OperatorCase("Slice") { draw in
      let shape = draw.shape(rank: draw.number(1...4), upTo: 7)
      let x = try draw.anyValue(shape)
      var (starts, ends, axes, steps): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
      for axis in shape.dimensions.indices where draw.coin() {
        let extent = shape[axis]
        let (low, high) = (draw.number(0...(extent - 1)), draw.number(0...(extent - 1)))
        let (first, last) = (min(low, high), max(low, high))
        let step = draw.number(1...3)
        let isBackwards = draw.coin()
        starts.append(isBackwards ? last : draw.coin() ? first : first - extent)
        // Before the first index there is none that is not taken for one from the end.
        ends.append(isBackwards ? (first == 0 ? -extent - 1 : first - 1) : last == extent - 1 ? 1000 : last + 1)
        axes.append(draw.coin() ? axis : axis - shape.rank)
        steps.append(isBackwards ? -step : step)
      }
      return [
        try draw.add("Slice", [x] + [starts, ends, axes, steps].map { draw.builder.constant($0) })
      ]
    },
    OperatorCase("Pad") { draw in
      let shape = draw.shape(rank: draw.number(1...4), upTo: 4)
      let pads = (0..<2 * shape.rank).map { index in
        draw.number((shape[index % shape.rank] > 2 ? -1 : 0)...2)
      }
      return [try draw.add("Pad", [try draw.anyValue(shape), draw.builder.constant(pads)])]
    },
    OperatorCase("Concat") { draw in
      let shape = draw.shape(rank: draw.number(1...4), upTo: 4)
      let axis = draw.number(0...(shape.rank - 1))
      var inputs: [String] = []
      for index in 0..<draw.number(2...4) {
        var own = shape
        own[axis] = draw.number(1...5)
        // The first is none, so that the node is not one of constants alone.
        inputs.append(
          index > 0 && draw.number(0...2) == 0 ? draw.builder.random(own, spread: 1) : try draw.anyValue(own))
      }
      if draw.coin() { inputs.append(inputs[0]) }
      return [try draw.add("Concat", inputs, ["axis": .integer(axis)])]
    },
    OperatorCase("Concat of maps") { draw in
      let (height, width) = (draw.number(1...5), draw.number(1...5))
      var maps: [String] = []
      for _ in 0..<draw.number(2...3) {
        let x = try draw.value([1, draw.number(1...9), height, width])
        maps.append(try draw.builder.convolution(x, channels: draw.number(1...17), kernel: 1))
      }
      let joined = try draw.add("Concat", maps, ["axis": .integer(1)])
      return [try draw.builder.convolution(joined, channels: 3, kernel: 3)]
    },
    OperatorCase("Split") { draw in
      let sizes = (0..<draw.number(1...4)).map { _ in draw.number(1...4) }
      var shape = draw.shape(rank: draw.number(1...4), upTo: 4)
      let axis = draw.number(0...(shape.rank - 1))
      shape[axis] = sizes.reduce(0, +)
      return try draw.add(
        "Split", [try draw.anyValue(shape), draw.builder.constant(sizes)], ["axis": .integer(axis)],
        outputs: sizes.count)
    },
    OperatorCase("Gather") { draw in
      let shape = draw.shape(rank: draw.number(1...4), upTo: 5)
      let axis = draw.number(0...(shape.rank - 1))
      let indices = (0..<draw.number(1...6)).map { _ in draw.number(-shape[axis]...(shape[axis] - 1)) }
      return [
        try draw.add(
          "Gather", [try draw.anyValue(shape), draw.builder.constant(indices)], ["axis": .integer(axis)])
      ]
    },
    OperatorCase("Expand") { draw in
      let shape = draw.shape(rank: draw.number(1...3), upTo: 4)
      let small = Shape(shape.dimensions.map { draw.coin() ? $0 : 1 })
      let whole = (draw.coin() ? [2] : []) + shape.dimensions
      return [try draw.add("Expand", [try draw.anyValue(small), draw.builder.constant(whole)])]
    },
    OperatorCase("ReduceMean") { try reduction(&$0, "ReduceMean") },
    OperatorCase("ReduceSum") { try reduction(&$0, "ReduceSum") },
  ]

  private static func reduction(_ draw: inout NetworkDraw, _ operatorType: String) throws -> [String] {
    let shape = draw.shape(rank: draw.number(1...4))
    var axes = shape.dimensions.indices.filter { _ in draw.coin() }
    if axes.isEmpty { axes = [draw.number(0...(shape.rank - 1))] }
    let x = try draw.anyValue(shape)
    return [
      try draw.add(operatorType, [x, draw.builder.constant(axes)], ["keepdims": .integer(draw.number(0...1))])
    ]
  }

  /// Values and weights that several nodes take, and several outputs.
  static let shared = [
    OperatorCase("a value of several nodes") { draw in
      let x = try draw.anyValue([1, draw.number(1...17), draw.number(2...5), draw.number(2...5)])
      let a = try draw.builder.convolution(x, channels: 5, kernel: 3)
      let b = try draw.builder.convolution(x, channels: 5, kernel: 1)
      let c = try draw.add("Mul", [x, x])
      let pooled = try draw.add("GlobalAveragePool", [x])
      let sum = try draw.add("Relu", [try draw.add("Add", [a, b])])
      return [sum, try draw.add("Mul", [c, pooled])]
    },
    OperatorCase("weights of several nodes") { draw in
      let channels = draw.number(1...9)
      let weights = draw.builder.random([channels, channels, 3, 3], spread: 0.3)
      let (scale, dense) = (
        draw.builder.random([channels, 1, 1], spread: 0.5, around: 1), draw.builder.random([4, 4], spread: 0.7)
      )
      var x = try draw.anyValue([1, channels, 4, 4])
      for _ in 0..<2 {
        x = try draw.add("Conv", [x, weights], ["pads": .integers([1, 1, 1, 1])])
        x = try draw.add("Tanh", [try draw.add("Mul", [x, scale])])
        x = try draw.add("MatMul", [x, dense])
      }
      return [x]
    },
    OperatorCase("normalizations of the same scale") { draw in
      let channels = draw.number(1...9)
      let (scale, shift) = (
        draw.builder.random([channels], spread: 0.5, around: 1), draw.builder.random([channels], spread: 0.5)
      )
      var x = try draw.anyValue([1, channels, 3, 4])
      for _ in 0..<2 {
        let statistics = [
          draw.builder.random([channels], spread: 0.1), draw.builder.random([channels], spread: 0.1, around: 1),
        ]
        // Of the second now and then only one of the two.
        let own = draw.builder.random([channels], spread: 0.5, around: 1)
        let pair = draw.one(of: [[scale, shift], [own, shift], [scale, own]])
        x = try draw.add("BatchNormalization", [x] + pair + statistics)
        x = try draw.builder.convolution(x, channels: channels, kernel: 3)
      }
      return [x]
    },
    OperatorCase("several outputs, one within") { draw in
      let x = try draw.anyValue([1, draw.number(1...9), 4, 4])
      let a = try draw.builder.convolution(x, channels: 7, kernel: 3)
      let b = try draw.add("Relu", [a])
      let c = try draw.builder.classifier(b, classes: 3)
      return [a, c, b]
    },
  ]
}
