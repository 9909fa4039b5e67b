import Networks
import Tensors

extension OperatorCase {
  private static func windows(
    _ kernel: [Int], strides: [Int]? = nil, pads: [Int]? = nil, dilations: [Int]? = nil,
    _ more: [String: Attribute] = [:]
  ) -> [String: Attribute] {
    var attributes = more
    attributes["kernel_shape"] = .integers(kernel)
    if let strides { attributes["strides"] = .integers(strides) }
    if let pads { attributes["pads"] = .integers(pads) }
    if let dilations { attributes["dilations"] = .integers(dilations) }
    return attributes
  }

  private static let map: [Operand] = [.data([1, 17, 5, 6])]
  private static let all = [0, 1, 2, 3]

  static let table: [OperatorCase] =
    convolutions + matrices + elementwise + pools + shapes + parts + others
    + functions + normalisations + reductions + batches + transposedConvolutions
    + resizing + recurrent + blocks + integers + indexing

  static let convolutions: [OperatorCase] = [
    .init(
      "3x3, padded", "Conv", [.data([1, 5, 8, 9]), .weights([20, 5, 3, 3]), .weights([20])],
      windows([3, 3], pads: [1, 1, 1, 1]), rows: [0, 1]),
    .init("without a bias or attributes", "Conv", [.data([1, 4, 6, 5]), .weights([7, 4, 1, 1])], rows: [0, 1]),
    .init(
      "asymmetric", "Conv", [.data([1, 3, 11, 12]), .weights([9, 3, 2, 5]), .weights([9])],
      windows([2, 5], strides: [2, 3], pads: [1, 0, 2, 3], dilations: [2, 1]), rows: [0, 1]),
    .init(
      "groups", "Conv", [.data([1, 6, 5, 5]), .weights([12, 2, 3, 3]), .weights([12])],
      windows([3, 3], ["group": .integer(3)]), rows: [0, 1]),
    .init(
      "depthwise", "Conv", [.data([1, 21, 6, 7]), .weights([21, 1, 3, 3]), .weights([21])],
      windows([3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ["group": .integer(21)]), rows: [0, 1]),
    .init(
      "depthwise, two rows a channel", "Conv", [.data([1, 5, 6, 7]), .weights([10, 1, 3, 3])],
      windows([3, 3], ["group": .integer(5)]), rows: [0, 1]),
    .init(
      "one dimension", "Conv", [.data([1, 6, 17]), .weights([9, 6, 4]), .weights([9])],
      windows([4], strides: [2], pads: [1, 2]), rows: [0, 1]),
    .init(
      "one dimension, depthwise", "Conv", [.data([1, 6, 17]), .weights([6, 1, 3]), .missing],
      windows([3], dilations: [2], ["group": .integer(6)]), rows: [0, 1]),
    .init(
      "same, upper", "Conv", [.data([1, 3, 7, 10]), .weights([4, 3, 4, 4])],
      ["auto_pad": .string("SAME_UPPER"), "strides": .integers([2, 3])], rows: [0, 1]),
    .init(
      "same, lower", "Conv", [.data([1, 3, 7, 10]), .weights([4, 3, 4, 4])],
      ["auto_pad": .string("SAME_LOWER"), "strides": .integers([2, 3])], rows: [0, 1]),
    .init(
      "valid", "Conv", [.data([1, 3, 7, 10]), .weights([4, 3, 4, 4])], ["auto_pad": .string("VALID")], rows: [0, 1]),
  ]

  static let matrices: [OperatorCase] = [
    .init("plain", "Gemm", [.data([1, 12]), .weights([12, 20])], rows: [1]),
    .init(
      "transposed, with a bias", "Gemm", [.data([1, 12]), .weights([20, 12]), .weights([20])],
      ["transB": .integer(1)], rows: [1]),
    .init(
      "everything", "Gemm", [.data([5, 3]), .weights([7, 5]), .weights([3, 1])],
      ["transA": .integer(1), "transB": .integer(1), "alpha": .float(0.5), "beta": .float(2)], rows: [1]),
    .init(
      "scaled, a bias of one row", "Gemm", [.data([1, 5]), .weights([5, 7]), .weights([1, 7])],
      ["alpha": .float(0.5), "beta": .float(-2)], rows: [1]),
    .init("scalar bias", "Gemm", [.data([1, 5]), .weights([5, 7]), .weights([1])], rows: [1]),
    .init("matrix by matrix", "MatMul", [.data([4, 6]), .weights([6, 9])], rows: [0, 1]),
    .init("channels last", "MatMul", [.data([1, 3, 4, 6]), .weights([6, 9])], rows: [1, 2, 3, 0]),
    .init("batched", "MatMul", [.data([2, 1, 3, 4]), .data([5, 4, 6])], rows: all),
    .init("vector by matrix", "MatMul", [.data([6]), .weights([6, 9])], rows: []),
    .init("matrix by vector", "MatMul", [.data([2, 3, 6]), .weights([6])], rows: []),
  ]

  static let elementwise: [OperatorCase] =
    ["Relu", "Sigmoid", "HardSwish", "HardSigmoid", "Erf", "Tanh", "Exp", "Gelu", "Identity"].flatMap { type in
      [
        OperatorCase("on a map", type, map, rows: all),
        OperatorCase("on a matrix", type, [.data([3, 5])], rows: [0, 1]),
      ]
    } + [
      .init("of what is positive", "Sqrt", [.weights([1, 3, 4], around: 1)], rows: [0, 1, 2]),
      .init("by tanh", "Gelu", map, ["approximate": .string("tanh")], rows: all),
      .init("other slope", "HardSigmoid", map, ["alpha": .float(0.4), "beta": .float(0.3)], rows: all),
      .init("bounds as inputs", "Clip", map + [.scalar(-0.5), .scalar(1)], rows: all),
      .init("an upper bound alone", "Clip", map + [.missing, .scalar(1)], rows: all),
      .init("bounds as attributes", "Clip", opset: 7, map, ["min": .float(0), "max": .float(0.5)], rows: all),
      .init("numbers stay", "Cast", map, ["to": .integer(1)], rows: all),
      .init("to integers", "Cast", [.data([3, 4])], ["to": .integer(7)], rows: [0, 1]),
      .init("inference", "Dropout", map, rows: all),
      .init("two maps", "Add", map + map, rows: all), .init("two maps", "Mul", map + map, rows: all),
      .init("two maps", "Sub", map + map, rows: all),
      .init("two maps", "Div", map + [.weights([1, 17, 5, 6], around: 2)], rows: all),
      .init("a number a channel", "Add", map + [.weights([17, 1, 1])], rows: all),
      .init("a number a channel first", "Sub", [.weights([1, 17, 1, 1])] + map, rows: all),
      .init("a number a column", "Mul", map + [.weights([6])], rows: all),
      .init("a gate", "Mul", map + [.data([1, 17, 1, 1])], rows: all),
      .init("a number", "Div", map + [.scalar(3)], rows: all), .init("a number", "Pow", map + [.scalar(2)], rows: all),
      .init("a number", "Sub", map + [.scalar(3)], rows: all),
      .init("powers", "Pow", [.weights([4, 5], around: 2), .weights([5])], rows: [0, 1]),
      .init("both broadcast", "Add", [.data([4, 1, 3]), .data([5, 1])], rows: [0, 1, 2]),
      .init(
        "on a map", "BatchNormalization",
        map + [.weights([17]), .weights([17]), .weights([17]), .weights([17], around: 2)], ["epsilon": .float(0.01)],
        rows: all),
      .init(
        "on a matrix", "BatchNormalization",
        [.data([1, 6]), .weights([6]), .weights([6]), .weights([6]), .weights([6], around: 2)], rows: [0, 1]),
    ]

  static let pools: [OperatorCase] =
    ["MaxPool", "AveragePool"].flatMap { type in
      [
        OperatorCase("2x2", type, map, windows([2, 2], strides: [2, 2]), rows: [0, 1]),
        OperatorCase("padded", type, map, windows([3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), rows: [0, 1]),
        OperatorCase(
          "ceil", type, map, windows([3, 2], strides: [2, 2], pads: [0, 1, 1, 0], ["ceil_mode": .integer(1)]),
          rows: [0, 1]
        ),
        OperatorCase("dilated", type, map, windows([2, 3], dilations: [2, 2]), rows: [0, 1]),
        OperatorCase(
          "one dimension", type, [.data([1, 5, 14])], windows([3], strides: [2], pads: [1, 1]), rows: [0, 1]),
        OperatorCase(
          "same", type, map, windows([3, 3], strides: [2, 2], ["auto_pad": .string("SAME_UPPER")]), rows: [0, 1]),
      ]
    } + [
      .init(
        "padding counts", "AveragePool", map,
        windows([3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ["count_include_pad": .integer(1)]), rows: [0, 1]),
      .init(
        "padding counts, ceil", "AveragePool", map,
        windows(
          [3, 4], strides: [2, 3], pads: [1, 1, 1, 1], ["count_include_pad": .integer(1), "ceil_mode": .integer(1)]),
        rows: [0, 1]),
      .init("map", "GlobalAveragePool", map, rows: [0, 1]), .init("map", "GlobalMaxPool", map, rows: [0, 1]),
      .init("sequence", "GlobalAveragePool", [.data([1, 5, 14])], rows: [0, 1]),
      .init("sequence", "GlobalMaxPool", [.data([1, 5, 14])], rows: [0, 1]),
    ]

  static let shapes: [OperatorCase] = [
    .init("a pooled map keeps its rows", "Flatten", [.data([1, 17, 1, 1])], rows: [0, 1]),
    .init("a map does not", "Flatten", [.data([1, 6, 2, 3])], rows: [0]),
    .init("from the spatial axes", "Flatten", [.data([1, 6, 2, 3])], ["axis": .integer(2)], rows: [0]),
    .init("from the end", "Flatten", [.data([4, 2, 3])], ["axis": .integer(-2)], rows: [0]),
    .init("pooled map", "Reshape", [.data([1, 17, 1, 1]), .integers([1, -1])], rows: [0, 1]),
    .init("zero copies", "Reshape", [.data([2, 6, 4, 5]), .integers([0, 0, -1])], rows: [0, 1]),
    .init("spatial axes first to one", "Reshape", [.data([1, 6, 4, 5]), .integers([1, 6, 20, 1])], rows: [0, 1]),
    .init("groups apart", "Reshape", [.data([1, 6, 2, 2]), .integers([1, 3, 2, 2, 2])], rows: [0, 3, 4]),
    .init("all", "Squeeze", [.data([1, 17, 1, 1])], rows: [0]),
    .init(
      "some, by attribute", "Squeeze", opset: 11, [.data([1, 17, 1, 1])], ["axes": .integers([2, -1])], rows: [0, 1]),
    .init("some, by input", "Squeeze", [.data([1, 17, 1, 4]), .integers([2])], rows: [0, 1, 2]),
    .init("by attribute", "Unsqueeze", opset: 11, [.data([6, 5])], ["axes": .integers([0, 3])], rows: [1, 2]),
    .init("by input", "Unsqueeze", [.data([6, 5]), .integers([-1, 1])], rows: [0, 2]),
    .init("channels last", "Transpose", map, ["perm": .integers([0, 2, 3, 1])], rows: all),
    .init("reversed", "Transpose", [.data([2, 3, 4])], rows: [0, 1, 2]),
  ]

  static let parts: [OperatorCase] = [
    .init(
      "of channels", "Concat", [.data([1, 5, 3, 4]), .data([1, 9, 3, 4]), .data([1, 2, 3, 4])], ["axis": .integer(1)],
      rows: all),
    .init("of columns", "Concat", [.data([2, 3]), .data([2, 4])], ["axis": .integer(-1)], rows: [0, 1]),
    .init(
      "every other pixel", "Slice",
      map + [.integers([0, 0]), .integers([1 << 62, 1 << 62]), .integers([2, 3]), .integers([2, 2])], rows: all),
    .init("of channels", "Slice", map + [.integers([2]), .integers([-3]), .integers([1]), .integers([3])], rows: all),
    .init(
      "by attributes", "Slice", opset: 9, map,
      ["starts": .integers([1, 3]), "ends": .integers([9, 6]), "axes": .integers([1, 2])], rows: all),
    .init(
      "backwards", "Slice", map + [.integers([-1]), .integers([-100]), .integers([1]), .integers([-2])],
      rows: [0, 2, 3]),
    .init("without axes", "Slice", [.data([6, 7]), .integers([1, 2]), .integers([5, 6])], rows: [0, 1]),
    .init("channels", "Pad", map + [.integers([0, 3, 0, 0, 0, 2, 0, 0])], rows: all),
    .init("pixels", "Pad", map + [.integers([0, 0, 1, 2, 0, 0, 3, 0])], rows: all),
    .init("with a number", "Pad", map + [.integers([0, 1, 1, 0, 0, 0, 0, 0]), .scalar(1.5)], rows: [0, 3]),
    .init("cutting", "Pad", map + [.integers([0, -2, -1, 0, 0, 1, 0, -3])], rows: all),
    .init("named axes", "Pad", map + [.integers([2, 1]), .missing, .integers([1])], rows: all),
    .init("by attribute", "Pad", opset: 7, map, ["pads": .integers([0, 1, 1, 0, 0, 0, 0, 0])], rows: all),
    .init("evenly", "Split", [.data([2, 6])], ["axis": .integer(1)], rows: [], outputs: 3),
    .init(
      "the last smaller", "Split", [.data([2, 7])], ["axis": .integer(1), "num_outputs": .integer(3)], rows: [],
      outputs: 3),
    .init("by sizes", "Split", [.data([2, 6]), .integers([1, 5])], ["axis": .integer(-1)], rows: [], outputs: 2),
    .init(
      "by sizes, as attribute", "Split", opset: 11, [.data([6, 2])], ["split": .integers([4, 2])], rows: [], outputs: 2
    ),
    .init("rows", "Gather", [.data([7, 3, 4]), .integers([5, 0, -1])], rows: [0, 1, 2]),
    .init("columns", "Gather", [.data([2, 7, 4]), .integers([5, 5])], ["axis": .integer(1)], rows: [0, 1, 2]),
    .init(
      "rows, some zero", "edgemesh.SelectRows", map, ["axis": .integer(1), "rows": .integers([3, -1, 0, 16, 3])],
      rows: [0, 2, 3]),
    .init(
      "along a line", "edgemesh.SelectRows", [.data([4, 5])], ["axis": .integer(1), "rows": .integers([-1, 4])],
      rows: [0]),
  ]

  static let others: [OperatorCase] = [
    .init("across channels", "LRN", map, ["size": .integer(5), "alpha": .float(0.1)], rows: [0, 2, 3]),
    .init(
      "even", "LRN", map, ["size": .integer(4), "alpha": .float(0.2), "beta": .float(0.5), "bias": .float(2)],
      rows: [0, 2, 3]),
    .init("last axis", "Softmax", [.data([2, 3, 5])], rows: [0, 1]),
    .init("channels", "Softmax", map, ["axis": .integer(1)], rows: [0, 2, 3]),
    .init("all from the axis on", "Softmax", opset: 12, [.data([2, 3, 5])], rows: [0]),
    .init("old, on a pooled map", "Softmax", opset: 7, [.data([1, 10, 1, 1])], rows: [0]),
    .init("spatial", "ReduceMean", opset: 13, map, ["axes": .integers([2, 3])], rows: [0, 1]),
    .init(
      "spatial, dropped", "ReduceMean", opset: 13, map, ["axes": .integers([-1, -2]), "keepdims": .integer(0)],
      rows: [0, 1]),
    .init("by input", "ReduceMean", [.data([2, 3, 5]), .integers([1])], ["keepdims": .integer(0)], rows: [0, 1]),
    .init("everything", "ReduceMean", [.data([2, 3, 5])], rows: []),
    .init(
      "channels last", "LayerNormalization", [.data([1, 3, 4, 12]), .weights([12]), .weights([12])], rows: [0, 1, 2]),
    .init(
      "two axes, no shift", "LayerNormalization", [.data([2, 3, 4]), .weights([3, 4])],
      ["axis": .integer(1), "epsilon": .float(0.1)], rows: [0]),
    .init("ones", "ConstantOfShape", [.integers([2, 3])], ["value": .float(1.5)], rows: []),
    .init("of a map", "Shape", map, rows: []),
  ]
}
