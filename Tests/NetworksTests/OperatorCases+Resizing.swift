import Networks
import Tensors

extension OperatorCase {
  private static let map: [Operand] = [.data([1, 9, 4, 5])]

  static let resizing: [OperatorCase] =
    coordinates + [
      .init("two and a half times", "Upsample", opset: 7, map, ["scales": .floats([1, 1, 2, 2.5])], rows: [0, 1]),
      .init("pixels", "Upsample", opset: 9, map + [.numbers([1, 1, 2, 3])], rows: [0, 1]),
      .init(
        "linear", "Upsample", opset: 9, map + [.numbers([1, 1, 2, 3])], ["mode": .string("linear")], rows: [0, 1]),
      .init("of opset 10", "Resize", opset: 10, map + [.numbers([1, 1, 0.5, 0.6])], rows: [0, 1]),
      .init(
        "of opset 10, linear", "Resize", opset: 10, map + [.numbers([1, 1, 2, 0.6])], ["mode": .string("linear")],
        rows: [0, 1]),
      .init(
        "channels, too", "Resize", map + [.missing, .numbers([1, 2, 1, 0.6])], ["mode": .string("linear")],
        rows: [0, 2]),
      .init(
        "a batch of volumes", "Resize", [.data([2, 3, 4, 3, 5]), .missing, .missing, .integers([2, 3, 5, 7, 4])],
        ["mode": .string("linear")], rows: [0, 1]),
      .init(
        "a sequence, cubic", "Resize", [.data([2, 3, 7]), .missing, .numbers([1, 1, 1.7])],
        ["mode": .string("cubic"), "cubic_coeff_a": .float(-0.5)], rows: [0, 1]),
      .init(
        "some axes", "Resize", map + [.missing, .missing, .integers([7, 3])], ["axes": .integers([3, 2])], rows: [0, 1]),
      .init(
        "not larger", "Resize", map + [.missing, .missing, .integers([7, 7])],
        [
          "axes": .integers([2, 3]), "keep_aspect_ratio_policy": .string("not_larger"), "mode": .string("linear"),
        ], rows: [0, 1]),
      .init(
        "not smaller", "Resize", map + [.missing, .missing, .integers([7, 7])],
        [
          "axes": .integers([2, 3]), "keep_aspect_ratio_policy": .string("not_smaller"), "mode": .string("cubic"),
        ], rows: [0, 1]),
      .init(
        "cropped", "Resize",
        map + [.numbers([0, 0, 0.2, -0.1, 1, 1, 0.9, 1.3]), .missing, .integers([1, 9, 5, 6])],
        [
          "coordinate_transformation_mode": .string("tf_crop_and_resize"), "extrapolation_value": .float(7),
          "mode": .string("linear"),
        ], rows: [0, 1]),
      .init(
        "cropped along axes", "Resize",
        map + [.numbers([0.8, 0.1, 0.2, 0.7]), .numbers([1.5, 1])],
        ["coordinate_transformation_mode": .string("tf_crop_and_resize"), "axes": .integers([3, 2])], rows: [0, 1]),
    ]

  /// Every mode under every way to find coordinates and to round, larger and smaller.
  private static let coordinates: [OperatorCase] = {
    let modes: [String: [String: Attribute]] = [
      "nearest": [:], "floor": ["nearest_mode": .string("floor")], "ceil": ["nearest_mode": .string("ceil")],
      "up": ["nearest_mode": .string("round_prefer_ceil")], "linear": ["mode": .string("linear")],
      "linear, smoothed": ["mode": .string("linear"), "antialias": .integer(1)], "cubic": ["mode": .string("cubic")],
      "cubic, inside": ["mode": .string("cubic"), "exclude_outside": .integer(1)],
      "cubic, inside, smoothed": [
        "mode": .string("cubic"), "exclude_outside": .integer(1), "antialias": .integer(1),
      ],
    ]
    let ways = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
    var cases: [OperatorCase] = []
    for way in ways {
      for (name, mode) in modes.sorted(by: { $0.key < $1.key }) {
        var attributes = mode
        attributes["coordinate_transformation_mode"] = .string(way)
        let scales: [Operand] = [.missing, .numbers([1, 1, 1.6, 0.45])]
        let sizes: [Operand] = [.missing, .missing, .integers([1, 9, 3, 8])]
        cases.append(.init("\(way), \(name)", "Resize", map + scales, attributes, rows: [0, 1]))
        cases.append(.init("\(way), \(name), sizes", "Resize", map + sizes, attributes, rows: [0, 1]))
      }
    }
    return cases
  }()

  static let blocks: [OperatorCase] = rearranged + padded

  private static let rearranged: [OperatorCase] =
    [
      .init("blocks first", "DepthToSpace", [.data([2, 12, 2, 3])], ["blocksize": .integer(2)], rows: [0, 2, 3]),
      .init(
        "channels first", "DepthToSpace", opset: 11, [.data([1, 18, 2, 3])],
        ["blocksize": .integer(3), "mode": .string("CRD")], rows: [0, 1, 2, 3]),
      .init("blocks", "SpaceToDepth", [.data([2, 5, 4, 6])], ["blocksize": .integer(2)], rows: [0, 2, 3]),
      .init(
        "channels first", "SpaceToDepth", opset: 28, [.data([2, 5, 4, 6])],
        ["blocksize": .integer(2), "mode": .string("CRD")], rows: [0, 1, 2, 3]),
      .init("with its mask", "Dropout", [.data([2, 3])], rows: [], outputs: 2),
    ]

  private static let padded: [OperatorCase] = ["reflect", "edge", "wrap"].flatMap { mode -> [OperatorCase] in
    let attributes: [String: Attribute] = ["mode": .string(mode)]
    let cuts: [String: Attribute] = ["mode": .string(mode), "pads": .integers([0, -2, -1, 6, 0, 0, 3, -2])]
    let pixels: [Operand] = map + [.integers([0, 0, 1, 3, 0, 0, 3, 2])]
    let line: [Operand] = [.data([2, 3]), .integers([4, 7]), .missing, .integers([1])]
    return [
      OperatorCase("pixels, \(mode)", "Pad", pixels, attributes, rows: [0, 1]),
      OperatorCase("cutting, \(mode)", "Pad", opset: 7, map, cuts, rows: [0, 1]),
      OperatorCase("more than there is, \(mode)", "Pad", line, attributes, rows: [0]),
    ]
  }
}
