import Networks
import Tensors

extension OperatorCase {
  private static let map: [Operand] = [.data([1, 9, 4, 5])]

  static let normalisations: [OperatorCase] = [
    .init("last axis", "LogSoftmax", [.data([2, 3, 5])], rows: [0, 1]),
    .init("channels", "LogSoftmax", map, ["axis": .integer(1)], rows: [0, 2, 3]),
    .init("all from the axis on", "LogSoftmax", opset: 11, [.data([2, 3, 5])], rows: [0]),
    .init("last axis", "Hardmax", [.data([2, 3, 5])], rows: [0, 1]),
    .init("all from the axis on", "Hardmax", opset: 7, [.data([2, 3, 5])], ["axis": .integer(2)], rows: [0, 1]),
    .init(
      "with its moments", "LayerNormalization", [.data([2, 3, 4, 5]), .weights([4, 5]), .weights([5])],
      ["axis": .integer(-2)], rows: [], outputs: 3),
    .init(
      "everything", "LayerNormalization", [.data([2, 3]), .weights([2, 3]), .weights([1, 3])], ["axis": .integer(0)],
      rows: []),
    .init("channels last", "RMSNormalization", [.data([1, 3, 4, 12]), .weights([12])], rows: [0, 1, 2]),
    .init(
      "two axes", "RMSNormalization", [.data([2, 3, 4]), .weights([3, 4])],
      ["axis": .integer(1), "epsilon": .float(0.1)], rows: [0]),
    .init("map", "InstanceNormalization", map + [.weights([9], around: 1), .weights([9])], rows: [0, 1]),
    .init(
      "batch of sequences", "InstanceNormalization", [.data([3, 4, 7]), .weights([4]), .weights([4])],
      ["epsilon": .float(0.1)], rows: [0, 1]),
    .init(
      "a scale a channel", "GroupNormalization", opset: 21, [.data([2, 6, 3, 4]), .weights([6]), .weights([6])],
      ["num_groups": .integer(3)], rows: [0, 1]),
    .init(
      "a scale a group", "GroupNormalization", opset: 18, [.data([2, 6, 3, 4]), .weights([3]), .weights([3])],
      ["num_groups": .integer(3), "epsilon": .float(0.1)], rows: [0, 1]),
    .init(
      "all in one", "GroupNormalization", opset: 21, [.data([1, 6, 3, 4]), .weights([6]), .weights([6])],
      ["num_groups": .integer(1)], rows: [0]),
    .init("last axis", "LpNormalization", [.data([2, 3, 4])], rows: [0, 1]),
    .init("absolute", "LpNormalization", map, ["axis": .integer(1), "p": .integer(1)], rows: [0, 2, 3]),
    .init("all but channels", "MeanVarianceNormalization", [.data([2, 3, 4, 5])], rows: [1]),
    .init("channels", "MeanVarianceNormalization", map, ["axes": .integers([1])], rows: [0, 2, 3]),
    .init(
      "over a sequence", "LRN", [.data([2, 7, 5])], ["size": .integer(3), "alpha": .float(0.5)], rows: [0, 2]),
  ]

  /// More than one sample, and more or fewer than two spatial dimensions.
  static let batches: [OperatorCase] =
    [
      .init(
        "batch", "Conv", [.data([3, 5, 6, 7]), .weights([9, 5, 3, 3]), .weights([9])],
        ["pads": .integers([1, 0, 0, 2])], rows: [0, 1]),
      .init(
        "batch, one dimension, groups", "Conv", [.data([2, 6, 11]), .weights([4, 3, 3])], ["group": .integer(2)],
        rows: [0, 1]),
      .init(
        "batch", "LRN", [.data([2, 7, 3, 4])], ["size": .integer(3), "alpha": .float(0.5)], rows: [0, 2, 3]),
      .init(
        "batch", "BatchNormalization",
        [.data([2, 4, 3, 3]), .weights([4]), .weights([4]), .weights([4]), .weights([4], around: 2)],
        rows: [0, 1, 2, 3]),
      .init("batch", "GlobalAveragePool", [.data([2, 5, 3, 4])], rows: [0, 1]),
      .init("batch, three dimensions", "GlobalMaxPool", [.data([2, 5, 3, 4, 2])], rows: [0, 1]),
      .init("map", "GlobalLpPool", map, rows: [0, 1]),
      .init("batch, cubes", "GlobalLpPool", [.data([2, 5, 7])], ["p": .integer(3)], rows: [0, 1]),
    ]
    + ["MaxPool", "AveragePool", "LpPool"].flatMap { type in
      [
        OperatorCase(
          "batch", type, [.data([3, 5, 6, 7])],
          ["kernel_shape": .integers([3, 2]), "strides": .integers([2, 1]), "pads": .integers([1, 0, 1, 1])],
          rows: [0, 1]
        ),
        OperatorCase(
          "three dimensions", type, [.data([2, 3, 5, 6, 7])],
          [
            "kernel_shape": .integers([2, 3, 2]), "strides": .integers([2, 2, 1]),
            "pads": .integers([1, 1, 0, 0, 1, 1]),
            "dilations": .integers([2, 1, 2]), "ceil_mode": .integer(1),
          ], rows: [0, 1]),
        OperatorCase(
          "batch, one dimension", type, [.data([2, 3, 9])], ["kernel_shape": .integers([4])], rows: [0, 1]),
      ]
    } + [
      .init(
        "padding counts, three dimensions, ceil", "AveragePool", [.data([1, 3, 5, 6, 7])],
        [
          "kernel_shape": .integers([3, 3, 2]), "strides": .integers([2, 3, 2]), "pads": .integers([1, 1, 0, 1, 1, 1]),
          "count_include_pad": .integer(1), "ceil_mode": .integer(1),
        ], rows: [0, 1]),
      .init("map", "LpPool", map, ["kernel_shape": .integers([2, 3]), "p": .integer(3)], rows: [0, 1]),
      .init(
        "map, absolute", "LpPool", map, ["kernel_shape": .integers([2, 2]), "p": .integer(1)], rows: [0, 1]),
      .init(
        "with indices", "MaxPool", [.data([2, 3, 5, 6])],
        ["kernel_shape": .integers([3, 2]), "strides": .integers([2, 2]), "pads": .integers([1, 0, 1, 1])], rows: [],
        outputs: 2),
      .init(
        "with indices, columns first", "MaxPool", [.data([2, 3, 5, 6])],
        ["kernel_shape": .integers([2, 2]), "dilations": .integers([2, 3]), "storage_order": .integer(1)], rows: [],
        outputs: 2),
      .init(
        "with indices, one dimension", "MaxPool", [.data([2, 3, 9])], ["kernel_shape": .integers([4])], rows: [],
        outputs: 2),
    ]
}
