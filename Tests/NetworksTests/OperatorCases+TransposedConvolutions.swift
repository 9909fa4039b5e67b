import Networks
import Tensors

extension OperatorCase {
  static let transposedConvolutions: [OperatorCase] = [
    ("plain", [.data([1, 3, 4, 5]), .weights([3, 7, 3, 3]), .weights([7])], [:]),
    (
      "doubling", [.data([1, 5, 4, 3]), .weights([5, 9, 4, 4]), .weights([9])],
      ["strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])]
    ),
    (
      "uneven", [.data([1, 3, 3, 4]), .weights([3, 4, 2, 3])],
      ["strides": .integers([3, 2]), "pads": .integers([0, 1, 1, 0]), "output_padding": .integers([2, 1])]
    ),
    (
      "dilated, strided", [.data([1, 3, 3, 4]), .weights([3, 4, 3, 2])],
      ["strides": .integers([2, 3]), "dilations": .integers([2, 2])]
    ),
    (
      "groups, batch", [.data([2, 6, 3, 2]), .weights([6, 4, 3, 3]), .weights([12])],
      ["group": .integer(3), "strides": .integers([2, 2])]
    ),
    (
      "depthwise", [.data([1, 5, 3, 4]), .weights([5, 1, 4, 4]), .weights([5])],
      ["group": .integer(5), "strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])]
    ),
    ("same, upper", [.data([1, 3, 3, 4]), .weights([3, 4, 3, 4])], same("SAME_UPPER")),
    ("same, lower", [.data([1, 3, 3, 4]), .weights([3, 4, 3, 4])], same("SAME_LOWER")),
    ("valid", [.data([1, 3, 3, 4]), .weights([3, 4, 3, 4])], ["auto_pad": .string("VALID")]),
    (
      "to a shape", [.data([1, 2, 3, 3]), .weights([2, 4, 3, 3])],
      ["strides": .integers([3, 2]), "output_shape": .integers([10, 8])]
    ),
    (
      "to a smaller shape", [.data([1, 2, 3, 3]), .weights([2, 4, 3, 3]), .weights([4])],
      ["strides": .integers([3, 2]), "output_shape": .integers([6, 6])]
    ),
    ("one dimension", [.data([2, 4, 5]), .weights([4, 3, 4]), .weights([3])], ["strides": .integers([2])]),
    (
      "one pixel", [.data([1, 20, 1, 1]), .weights([20, 6, 4, 4])],
      ["kernel_shape": .integers([4, 4]), "strides": .integers([1, 1])]
    ),
  ].map { OperatorCase($0.0, "ConvTranspose", $0.1, $0.2, rows: [0, 1]) }

  private static func same(_ mode: String) -> [String: Attribute] {
    ["auto_pad": .string(mode), "strides": .integers([2, 3])]
  }
}
