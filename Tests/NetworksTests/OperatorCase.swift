import Networks
import Tensors
import Testing

/// One operator with certain attributes on certain inputs: a line in the table of `OperatorTests`.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  enum Operand: Sendable {
    /// An input of the network, random in -2..<2.
    case data(Shape)
    /// A constant, random in -1..<1 around a middle. Operators that take it as a value, too, are also tried so.
    case weights(Shape, around: Float = 0)
    case integers([Int])
    case integer(Int)
    /// An input of integers, random in a range.
    case whole(Shape, Range<Int>)
    /// An input of truth values, random.
    case truths(Shape)
    case scalar(Float)
    case numbers([Float])
    case missing
  }

  var name: String
  var type: String
  var opset = 20
  var operands: [Operand]
  var attributes: [String: Attribute] = [:]
  /// Axes along which the output's rows must be computable apart; along all others they must not be.
  var rowAxes: [Int]
  var outputCount = 1

  init(
    _ name: String, _ type: String, opset: Int = 20, _ operands: [Operand], _ attributes: [String: Attribute] = [:],
    rows rowAxes: [Int], outputs: Int = 1
  ) {
    self.name = name
    self.type = type
    self.opset = opset
    self.operands = operands
    self.attributes = attributes
    self.rowAxes = rowAxes
    outputCount = outputs
  }

  var testDescription: String { "\(type): \(name)" }

  /// A network of this one node, with its inputs' values. Weights become inputs, too, where `areWeightsInputs`.
  func network(seed: UInt64, areWeightsInputs: Bool = false) -> (network: Network, values: [String: Tensor]) {
    var generator = SeededGenerator(seed: seed)
    var values: [String: Tensor] = [:]
    var types: [String: ElementType] = [:]
    var constants: [String: Constant] = [:]
    var names: [String] = []
    func random(_ shape: Shape, _ spread: Float, _ middle: Float) -> Tensor {
      Tensor(
        shape: shape, elements: (0..<shape.elementCount).map { _ in middle + spread * generator.nextFloat() })
    }
    for (position, operand) in operands.enumerated() {
      var name = "i\(position)"
      switch operand {
      case .data(let shape): values[name] = random(shape, 2, 0)
      case .weights(let shape, let middle):
        let tensor = random(shape, middle == 0 ? 1 : 0.5, middle)
        if areWeightsInputs { values[name] = tensor } else { constants[name] = .float(tensor) }
      case .integers(let list): constants[name] = .integer(IntegerTensor(shape: [list.count], elements: list))
      case .numbers(let list): constants[name] = .float(Tensor(shape: [list.count], elements: list))
      case .integer(let number): constants[name] = .integer(IntegerTensor(shape: [], elements: [number]))
      case .whole(let shape, let range):
        types[name] = .integer
        values[name] = Tensor(
          shape: shape,
          elements: (0..<shape.elementCount).map { _ in Float(Int.random(in: range, using: &generator)) })
      case .truths(let shape):
        types[name] = .boolean
        values[name] = Tensor(
          shape: shape, elements: (0..<shape.elementCount).map { _ in Float(Int.random(in: 0...1, using: &generator)) })
      case .scalar(let number): constants[name] = .float(Tensor(shape: [], elements: [number]))
      case .missing: name = ""
      }
      names.append(name)
    }
    let outputs = (0..<outputCount).map { "o\($0)" }
    let network = Network(
      name: "\(self.name)", opset: opset,
      inputs: values.sorted { $0.key < $1.key }.map {
        ValueDescription(name: $0.key, shape: $0.value.shape, elementType: types[$0.key] ?? .float)
      },
      outputs: outputs.map { ValueDescription(name: $0, shape: []) },
      nodes: [Node(name: "n", operatorType: type, inputs: names, outputs: outputs, attributes: attributes)],
      constants: constants)
    return (network, values)
  }
}

/// Whether `found` is what the reference computed, within single precision's reach.
func expect(
  _ found: Tensor, equals expected: Values, _ comment: String, tolerance: Double = 2e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.shape.dimensions == expected.shape, "\(comment)", sourceLocation: sourceLocation)
  guard found.count == expected.elements.count else { return }
  let scale = expected.elements.map(abs).filter(\.isFinite).max() ?? 0
  for (index, (a, b)) in zip(found.elements, expected.elements).enumerated() {
    guard abs(Double(a) - b) > tolerance * Swift.max(scale, 1e-3) else { continue }
    Issue.record("\(comment): element \(index) is \(a), expected \(b)", sourceLocation: sourceLocation)
    return
  }
}
