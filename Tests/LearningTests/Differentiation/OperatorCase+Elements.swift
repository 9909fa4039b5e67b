import Networks
import Tensors

extension OperatorCase {
  static let functions: [OperatorCase] =
    [
      function("Relu"), function("LeakyRelu", ["alpha": .float(0.3)]), function("Elu", ["alpha": .float(1.4)]),
      function("Selu"), function("Celu", ["alpha": .float(0.7)]), function("Sigmoid", spread: 4),
      function("HardSigmoid", ["alpha": .float(0.3), "beta": .float(0.4)], spread: 3), function("HardSwish", spread: 5),
      function("Swish", spread: 4), function("Swish", ["alpha": .float(1.7)], spread: 3), function("Mish", spread: 4),
      function("Gelu", spread: 3), function("Gelu", ["approximate": .string("tanh")], spread: 3),
      function("Tanh", spread: 2), function("Exp", spread: 2), function("Erf", spread: 2),
      function("Softplus", spread: 4), function("Softsign", spread: 3), function("Log", spread: 1, around: 2),
      function("Sqrt", spread: 1, around: 2), function("Reciprocal", spread: 1, around: 2), function("Abs"),
      function("Neg"), function("Floor", spread: 3), function("Ceil", spread: 3), function("Round", spread: 3),
    ] + [
      OperatorCase("Clip", networks: 4) { draw in
        let x = try draw.anyValue(functionShape(&draw))
        return [try draw.builder.clip(x, draw.number(-0.8 ... -0.1), draw.number(0.1...0.8))]
      }
    ]

  private static func function(
    _ operatorType: String, _ attributes: [String: Attribute] = [:], spread: Float = 1, around middle: Float = 0
  ) -> OperatorCase {
    let detail = attributes.isEmpty ? "" : " (\(attributes.keys.sorted().joined(separator: ", ")))"
    return OperatorCase(operatorType + detail, networks: 4) { draw in
      let x = try draw.anyValue(functionShape(&draw), spread: spread, around: middle)
      return [try draw.add(operatorType, [x], attributes)]
    }
  }

  private static func functionShape(_ draw: inout NetworkDraw) -> Shape {
    var shape = draw.shape(rank: draw.number(1...4), upTo: 6)
    if shape.rank > 2 { shape[0] = 1 }
    return shape
  }

  static let arithmetic: [OperatorCase] = ["Add", "Sub", "Mul", "Div"].flatMap { operatorType in
    [
      OperatorCase("\(operatorType), two alike") { draw in
        var shape = draw.shape(rank: draw.number(1...4))
        if shape.rank > 2 { shape[0] = 1 }
        let (x, y) = (try draw.anyValue(shape), try draw.anyValue(shape, around: 2))
        return [try draw.withFunction(try draw.add(operatorType, [x, y]))]
      },
      OperatorCase("\(operatorType), a trained constant") { draw in
        let shape = draw.shape(rank: draw.number(1...4))
        let small = smaller(shape, &draw)
        let isFirst = draw.coin()
        let x = try draw.anyValue(shape, around: isFirst ? 2 : 0)
        let y = draw.builder.random(small, spread: 0.7, around: isFirst ? 0 : 2)
        return [try draw.withFunction(try draw.add(operatorType, isFirst ? [y, x] : [x, y]))]
      },
      OperatorCase("\(operatorType), one number a channel") { draw in
        let rank = draw.number(3...4)
        var shape = draw.shape(rank: rank)
        (shape[0], shape[1]) = (1, draw.number(1...20))
        let x = try draw.anyValue(shape)
        var channels: [Int] = [shape[1]] + [Int](repeating: 1, count: rank - 2)
        let isTrained = draw.coin()
        if !isTrained || draw.coin() { channels = [1] + channels }
        let y =
          isTrained
          ? draw.builder.random(Shape(channels), spread: 0.7, around: 2)
          : try draw.anyValue(Shape(channels), around: 2)
        let isFirst = operatorType != "Div" && draw.coin()
        return [try draw.withFunction(try draw.add(operatorType, isFirst ? [y, x] : [x, y]))]
      },
      OperatorCase("\(operatorType), a smaller one") { draw in
        let shape = draw.shape(rank: draw.number(1...4))
        let isFirst = draw.coin()
        let x = try draw.anyValue(shape, around: isFirst ? 2 : 0)
        let y = try draw.anyValue(smaller(shape, &draw), around: isFirst ? 0 : 2)
        return [try draw.withFunction(try draw.add(operatorType, isFirst ? [y, x] : [x, y]))]
      },
      OperatorCase("\(operatorType), each smaller than the result") { draw in
        let shape = draw.shape(rank: draw.number(2...4), upTo: 4)
        var (first, second) = (shape, shape)
        for axis in shape.dimensions.indices {
          switch draw.number(0...2) {
          case 0: first[axis] = 1
          case 1: second[axis] = 1
          default: break
          }
        }
        let (x, y) = (try draw.anyValue(first), try draw.anyValue(second, around: 2))
        return [try draw.withFunction(try draw.add(operatorType, [x, y]))]
      },
    ]
  }

  /// Some axes of extent 1, some leading ones left out.
  private static func smaller(_ shape: Shape, _ draw: inout NetworkDraw) -> Shape {
    let dimensions = shape.dimensions.map { draw.coin() ? $0 : 1 }
    return Shape(Array(dimensions.dropFirst(draw.number(0...(dimensions.count - 1)))))
  }
}
