import Networks
import Tensors

/// A random network around one kind of node, the same for the same seed.
struct NetworkDraw {
  var builder: NetworkBuilder
  private var generator: SeededGenerator

  init(seed: UInt64) {
    builder = NetworkBuilder(name: "drawn", input: [1, 3], seed: seed)
    generator = SeededGenerator(seed: seed ^ 0xD1CE)
  }

  // MARK: Chance

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  mutating func number(_ range: ClosedRange<Float>) -> Float { Float.random(in: range, using: &generator) }
  mutating func coin() -> Bool { Bool.random(using: &generator) }
  mutating func one<T>(of list: [T]) -> T { list[number(0...(list.count - 1))] }

  /// Extents from 1 on of which none is large.
  mutating func shape(rank: Int, upTo most: Int = 5) -> Shape { Shape((0..<rank).map { _ in number(1...most) }) }

  // MARK: Values

  /// A value of which each number has a trained constant of its own, and differs from sample to sample.
  mutating func value(_ shape: Shape, spread: Float = 1, around middle: Float = 0) throws -> String {
    let count = shape.elementCount
    let weights = builder.random([count, 3], spread: spread / 3)
    let bias = builder.random([count], spread: spread / 2, around: middle)
    let row = try builder.add("Gemm", ["input", weights, bias], ["transB": .integer(1)])
    return try builder.add("Reshape", [row, builder.constant(shape.dimensions)])
  }

  /// The same; a feature map in every second case, where its shape is that of one.
  mutating func anyValue(_ shape: Shape, spread: Float = 1, around middle: Float = 0) throws -> String {
    let value = try value(shape, spread: spread, around: middle)
    guard (3...4).contains(shape.rank), shape[0] == 1, coin() else { return value }
    let kernels = [Int](repeating: 1, count: shape.rank - 2)
    let weights = builder.random(Shape([shape[1], 1] + kernels), spread: 0.2, around: 1)
    return try builder.add("Conv", [value, weights], ["group": .integer(shape[1])])
  }

  /// Now and then a function behind a node, which it may then apply itself.
  mutating func withFunction(_ x: String) throws -> String {
    switch number(0...5) {
    case 0: try builder.add("Relu", [x])
    case 1: try builder.clip(x, -0.4, 0.7)
    case 2: try builder.add("LeakyRelu", [x], ["alpha": .float(0.2)])
    case 3: try builder.add("Sigmoid", [x])
    default: x
    }
  }

  mutating func add(
    _ operatorType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]
  ) throws -> String { try builder.add(operatorType, inputs, attributes) }

  /// A node with several outputs.
  mutating func add(
    _ operatorType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:], outputs: Int
  ) throws -> [String] {
    let names = (0..<outputs).map { "part\(builder.network.nodes.count)_\($0)" }
    try builder.append(
      Node(
        name: "\(operatorType)_\(builder.network.nodes.count)", operatorType: operatorType, inputs: inputs,
        outputs: names, attributes: attributes))
    return names
  }
}
