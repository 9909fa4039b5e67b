import Networks
import Tensors

extension OperatorCase {
  private static let map: [Operand] = [.data([1, 9, 3, 4])]
  private static let all = [0, 1, 2, 3]

  /// Functions of each element.
  static let functions: [OperatorCase] =
    [
      "Abs", "Neg", "Sign", "Floor", "Ceil", "Round", "Sin", "Cos", "Atan", "Sinh", "Cosh", "Asinh", "LeakyRelu", "Elu",
      "Celu", "Selu", "ThresholdedRelu", "Shrink", "Swish", "Softplus", "Softsign", "Mish",
    ].flatMap { type in
      [
        OperatorCase("on a map", type, map, rows: all),
        OperatorCase("on a sequence batch", type, [.data([2, 3, 2])], rows: [0, 1, 2]),
      ]
    } + [
      .init("of what is positive", "Log", [.weights([1, 3, 4], around: 1)], rows: [0, 1, 2]),
      .init("of what is positive", "Reciprocal", [.weights([3, 4], around: 1)], rows: [0, 1]),
      .init("of what is positive", "Acosh", [.weights([3, 4], around: 2)], rows: [0, 1]),
      .init("within its range", "Tan", [.weights([3, 4])], rows: [0, 1]),
      .init("within its range", "Asin", [.weights([3, 4])], rows: [0, 1]),
      .init("within its range", "Acos", [.weights([3, 4])], rows: [0, 1]),
      .init("within its range", "Atanh", [.weights([3, 4])], rows: [0, 1]),
      .init("other slope", "LeakyRelu", opset: 7, map, ["alpha": .float(0.3)], rows: all),
      .init("other slope", "Elu", map, ["alpha": .float(0.3)], rows: all),
      .init("other slope", "Celu", map, ["alpha": .float(0.5)], rows: all),
      .init("other slopes", "Selu", map, ["alpha": .float(0.5), "gamma": .float(2)], rows: all),
      .init("other threshold", "ThresholdedRelu", map, ["alpha": .float(0.25)], rows: all),
      .init("softly", "Shrink", map, ["lambd": .float(0.75), "bias": .float(0.25)], rows: all),
      .init("other slope", "Swish", map, ["alpha": .float(1.5)], rows: all),
      .init("a slope a channel", "PRelu", map + [.weights([9, 1, 1])], rows: all),
      .init("one slope", "PRelu", map + [.weights([1])], rows: all),
      .init("a slope an element", "PRelu", map + [.weights([1, 9, 3, 4])], rows: all),
      .init("a slope a column, in a batch", "PRelu", [.data([2, 3, 4]), .weights([4])], rows: [0, 1, 2]),
    ]

  static let reductions: [OperatorCase] =
    [
      "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
      "ReduceLogSumExp",
    ].flatMap { type in
      [
        OperatorCase("pixels", type, opset: 13, map, ["axes": .integers([2, 3])], rows: [0, 1]),
        OperatorCase(
          "channels, dropped", type, opset: 13, [.data([2, 3, 4, 5])],
          ["axes": .integers([-3]), "keepdims": .integer(0)], rows: [0, 1, 2]),
        OperatorCase(
          "axes apart, by input", type, [.data([2, 3, 5]), .integers([2, 0])], ["keepdims": .integer(0)], rows: [0]),
        OperatorCase("everything", type, [.data([2, 3])], rows: []),
        OperatorCase(
          "nothing", type, [.data([2, 3])], ["noop_with_empty_axes": .integer(1)], rows: [0, 1]),
      ]
    } + [
      .init("of what is positive", "ReduceLogSum", [.weights([3, 4], around: 1), .integers([1])], rows: [0])
    ]
}
