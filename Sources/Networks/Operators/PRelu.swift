import Tensors

/// x, or slope * x where x is negative (He et al., 2015). The slope broadcasts to x, not the other way round.
struct PRelu: BinaryOperator {
  let identity: NodeIdentity

  static func combine(_ a: Float, _ b: Float) -> Float { a < 0 ? a * b : a }

  static func combine(_ a: Int, _ b: Int) -> Int? {
    guard a < 0 else { return a }
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : result
  }

  func outputShapes(_ inputs: [Shape?]) throws(NetworkError) -> [Shape] {
    let input = try identity.shape(inputs, 0)
    let slope = try identity.shape(inputs, 1)
    guard Tensor.broadcast(input, slope) == input else {
      throw identity.invalid("its slope of \(slope) does not fit an input of \(input)")
    }
    return [input]
  }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    let value = try identity.value(inputs, 0)
    let slope = try identity.tensor(inputs, 1)
    if case .map(let map) = value, let slopes = slope.numbers(alongAxis: 1, of: map.shape) {
      return [.map(map.scalingNegatives(by: slopes))]
    }
    return [.tensor(Tensor.combining(value.asTensor, slope, Self.combine))]
  }
}
