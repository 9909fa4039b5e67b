import Tensors

/// The numbers from `start` to before `limit`, `delta` apart: its three inputs, which must be known beforehand.
struct RangeOperator: Operator {
  private enum Numbers {
    case floats(start: Float, delta: Float)
    case integers(start: Int, delta: Int)
  }

  let identity: NodeIdentity
  private let numbers: Numbers
  private let count: Int

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 3...3)
    identity = reader.identity
    let names = ["start", "limit", "delta"]
    var floats: [Float] = []
    var integers: [Int] = []
    for (position, name) in names.enumerated() {
      if let number = try reader.scalar(atInput: position, called: name) { floats.append(number) }
      if let number = try reader.wholeNumber(atInput: position, called: name) { integers.append(number) }
    }
    let steps: Double
    if integers.count == 3 {
      guard integers[2] != 0 else { throw reader.invalid("its delta is 0") }
      let (span, overflow) = integers[1].subtractingReportingOverflow(integers[0])
      guard !overflow else { throw reader.invalid("goes from \(integers[0]) to \(integers[1])") }
      let whole = span.dividedReportingOverflow(by: integers[2]).partialValue
      steps = Double(whole) + (span.remainderReportingOverflow(dividingBy: integers[2]).partialValue == 0 ? 0 : 1)
      numbers = .integers(start: integers[0], delta: integers[2])
      // Of different signs, nothing lies between.
      count = (span < 0) == (integers[2] < 0) ? try Self.count(steps, reader) : 0
    } else {
      guard floats.count == 3 else { throw reader.invalid("its inputs are not all given") }
      steps = ((Double(floats[1]) - Double(floats[0])) / Double(floats[2])).rounded(.up)
      numbers = .floats(start: floats[0], delta: floats[2])
      count = try Self.count(steps, reader)
    }
  }

  private static func count(_ steps: Double, _ reader: NodeReader) throws(NetworkError) -> Int {
    guard !steps.isNaN, steps <= Double(NetworkLimits.maximumElements) else {
      throw reader.invalid("would make \(steps) numbers; at most \(NetworkLimits.maximumElements) are computed")
    }
    return Int(Swift.max(steps, 0))
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }

  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] { [[count]] }

  func rowRule(axis: Int, inputs: [Shape?], output: Shape) -> RowRule? { nil }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    switch numbers {
    case .floats(let start, let delta):
      return [.tensor(Tensor(shape: [count], elements: (0..<count).map { start + Float($0) * delta }))]
    case .integers(let start, let delta):
      return [.integers(IntegerTensor(shape: [count], elements: (0..<count).map { start &+ $0 &* delta }))]
    }
  }
}
