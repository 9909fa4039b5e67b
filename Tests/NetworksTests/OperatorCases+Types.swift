import Networks
import Tensors

extension OperatorCase {
  private static let numbers: Operand = .whole([3, 4], -5..<6)
  private static let truths: Operand = .truths([3, 4])
  private static let column: Operand = .whole([4], 1..<5)
  private static let map: [Operand] = [.data([1, 9, 3, 4])]

  /// Arithmetic of integers, comparisons, logic, conversions.
  static let integers: [OperatorCase] =
    ["Add", "Sub", "Mul", "Div", "Min", "Max", "Mod"].map {
      OperatorCase("integers", $0, [numbers, column], rows: [0, 1])
    } + ["Abs", "Neg", "Sign"].map { OperatorCase("integers", $0, [numbers], rows: [0, 1]) }
    + ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"].flatMap {
      [
        OperatorCase("integers", $0, [numbers, .whole([1, 4], -2..<3)], rows: [0, 1]),
        OperatorCase("maps", $0, map + [.weights([9, 1, 1])], rows: [0, 1, 2, 3]),
      ]
    } + ["And", "Or", "Xor"].map { OperatorCase("truth values", $0, [truths, .truths([3, 1])], rows: [0, 1]) }
    + [
      .init("truth values", "Equal", [truths, truths], rows: [0, 1]),
      .init("truth values", "Not", [truths], rows: [0, 1]),
      .init("integers", "Pow", [numbers, .whole([4], 0..<5)], rows: [0, 1]),
      .init("integers to a fraction", "Pow", [.whole([3, 4], 0..<9), .scalar(0.5)], rows: [0, 1]),
      .init("numbers to integers", "Pow", [.weights([3, 4], around: 2), column], rows: [0, 1]),
      .init("of the dividend's sign", "Mod", [numbers, .whole([4], -4..<0)], ["fmod": .integer(1)], rows: [0, 1]),
      .init("of the divisor's sign", "Mod", [numbers, .whole([4], -4..<0)], rows: [0, 1]),
      .init("numbers", "Mod", [.data([3, 4]), .weights([4], around: 2)], ["fmod": .integer(1)], rows: [0, 1]),
      .init("integers", "Clip", [numbers, .integer(-1), .integer(3)], rows: [0, 1]),
      .init("one", "Max", map, rows: [0, 1, 2, 3]),
      .init("three", "Min", [.data([3, 4]), .data([4]), .data([3, 1])], rows: [0, 1]),
      .init("three", "Sum", map + map + [.data([4])], rows: [0, 1, 2, 3]),
      .init("three", "Mean", map + map + [.data([4])], rows: [0, 1, 2, 3]),
      .init("numbers", "Where", [.truths([3, 4]), .data([3, 1]), .weights([4])], rows: [0, 1]),
      .init("integers", "Where", [.truths([4]), numbers, .integer(7)], rows: [0, 1]),
      .init("no numbers", "IsNaN", map, rows: [0, 1, 2, 3]), .init("infinities", "IsInf", map, rows: [0, 1, 2, 3]),
      .init("truth of integers", "Cast", [numbers], ["to": .integer(9)], rows: [0, 1]),
      .init("numbers of integers", "Cast", [numbers], ["to": .integer(1)], rows: [0, 1]),
      .init("like integers", "CastLike", [.data([3, 4]), .integer(1)], rows: [0, 1]),
      .init("like numbers", "CastLike", [numbers, .scalar(1)], rows: [0, 1]),
      .init("integers", "ReduceSum", [numbers, .integers([1])], rows: [0]),
      .init("integers, dropped", "ReduceMax", [numbers, .integers([0])], ["keepdims": .integer(0)], rows: [0]),
      .init("any", "ReduceMax", [truths, .integers([1])], rows: [0]),
      .init("all", "ReduceMin", [truths, .integers([1])], rows: [0]),
      .init("integers", "ReduceProd", [.whole([2, 3], -3..<4), .integers([-1])], rows: [0]),
      .init(
        "integers", "MaxPool", [.whole([1, 3, 4, 4], 0..<99)], ["kernel_shape": .integers([2, 2])], rows: [0, 1]),
    ]

  /// Parts by indices, and values that follow from shapes.
  static let indexing: [OperatorCase] =
    ["ArgMax", "ArgMin"].flatMap {
      [
        OperatorCase("channels", $0, map, ["axis": .integer(1)], rows: [0, 2, 3]),
        OperatorCase(
          "dropped", $0, [.data([2, 5, 3])], ["axis": .integer(-2), "keepdims": .integer(0)], rows: [0, 1]),
        OperatorCase(
          "the last of integers", $0, [.whole([3, 7], 0..<3)], ["axis": .integer(1), "select_last_index": .integer(1)],
          rows: [0]),
      ]
    } + [
      .init("columns", "Expand", [.data([3, 1]), .integers([2, 1, 4])], rows: [0, 1, 2]),
      .init("truth values", "Expand", [truths, .integers([2, 1, 1])], rows: [0, 1, 2]),
      .init("along some axes", "Tile", [.data([2, 3, 1]), .integers([1, 2, 3])], rows: [0, 2]),
      .init("integers", "Tile", [numbers, .integers([2, 1])], rows: [1]),
      .init("by index", "Gather", [.data([7, 3]), .whole([2, 2], -7..<7)], rows: [0, 1, 2]),
      .init("integers", "Gather", [.whole([7, 3], 0..<99), .whole([2], 0..<7)], rows: [0, 1]),
      .init(
        "columns", "GatherElements", [.data([3, 5]), .whole([3, 2], -5..<5)], ["axis": .integer(1)], rows: [0, 1]),
      .init("fewer rows", "GatherElements", [numbers, .whole([5, 2], 0..<3)], rows: [0, 1]),
      .init("elements", "GatherND", [.data([3, 4, 2]), .whole([2, 5, 3], -2..<2)], rows: [0, 1]),
      .init("rows", "GatherND", [.data([3, 4, 2]), .whole([5, 1], 0..<3)], rows: [0, 1, 2]),
      .init(
        "of each sample", "GatherND", [.data([3, 4, 2]), .whole([3, 1], 0..<4)], ["batch_dims": .integer(1)],
        rows: [0, 1]),
      .init("rows", "ScatterND", [.data([5, 3]), .whole([2, 1], 0..<5), .data([2, 3])], rows: []),
      .init(
        "sums", "ScatterND", [.whole([5, 3], 0..<9), .whole([4, 2], 0..<3), .whole([4], 0..<9)],
        ["reduction": .string("add")], rows: []),
      .init(
        "the largest", "ScatterElements", [.data([4, 3]), .whole([2, 3], -4..<4), .data([2, 3])],
        ["reduction": .string("max")], rows: []),
      .init(
        "columns", "ScatterElements", [.data([2, 5]), .whole([2, 1], 0..<5), .data([2, 1])], ["axis": .integer(1)],
        rows: []),
      .init("last axis", "OneHot", [.whole([2, 3], -6..<6), .integer(5), .weights([2])], rows: [0, 1]),
      .init(
        "integers, first axis", "OneHot", [.whole([2, 3], 0..<4), .scalar(4), .integers([0, 1])], ["axis": .integer(0)],
        rows: [1, 2]),
      .init("lines", "CumSum", [.data([3, 5]), .integer(1)], rows: [0]),
      .init(
        "integers, backwards and without themselves", "CumSum", [numbers, .integer(-2)],
        ["exclusive": .integer(1), "reverse": .integer(1)], rows: [1]),
      .init("largest", "TopK", [.data([3, 7]), .integers([3])], rows: [0], outputs: 2),
      .init(
        "smallest integers", "TopK", [.whole([5, 3], 0..<4), .integers([2])],
        ["axis": .integer(0), "largest": .integer(0)], rows: [1], outputs: 2),
      .init("by attribute", "TopK", opset: 9, [.data([3, 7])], ["k": .integer(2)], rows: [0], outputs: 2),
      .init("upper", "Trilu", [.data([2, 4, 5])], rows: [0]),
      .init("lower integers", "Trilu", [.whole([4, 3], 1..<9), .integer(-1)], ["upper": .integer(0)], rows: []),
      .init("truth values", "Transpose", [truths], rows: [0, 1]),
      .init("integers", "Concat", [numbers, .whole([2, 4], 0..<9)], ["axis": .integer(0)], rows: [0, 1]),
      .init("integers", "Slice", [numbers, .integers([1]), .integers([9])], rows: [0, 1]),
      .init("integers", "Reshape", [numbers, .integers([3, 2, 2])], rows: [0]),
      .init("integers", "Split", [numbers], ["axis": .integer(1)], rows: [], outputs: 2),
      .init("a list", "NonZero", [.integers([0, 3, 0, -1])], rows: []),
      .init("of a map", "Size", map, rows: []),
      .init("a diagonal", "EyeLike", [.data([3, 4])], ["k": .integer(1)], rows: []),
      .init("integers", "EyeLike", [.data([3, 2])], ["dtype": .integer(7)], rows: []),
      .init("integers", "Range", [.integer(10), .integer(-1), .integer(-3)], rows: []),
      .init("numbers", "Range", [.scalar(0.5), .scalar(3), .scalar(0.75)], rows: []),
      .init("truth values", "ConstantOfShape", [.integers([2, 3])], ["value": .string("true")], rows: []),
      .init("integers", "ConstantOfShape", [.integers([2, 3])], ["value": .integer(-4)], rows: []),
      .init("the middle", "Shape", map, ["start": .integer(1), "end": .integer(-1)], rows: []),
    ]
}
