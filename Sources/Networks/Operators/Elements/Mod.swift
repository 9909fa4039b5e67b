import Glibc
import Tensors

/// The remainder of a division: with the divisor's sign or, with `fmod`, with the dividend's.
struct Mod: AlignedOperator {
  let identity: NodeIdentity
  let followsDividend: Bool

  init(_ node: Node, context: OperatorContext) throws(NetworkError) {
    let reader = NodeReader(node, context)
    try reader.require(inputs: 2...2)
    identity = reader.identity
    followsDividend = try reader.flag("fmod")
  }

  func takenTypes(at position: Int) -> Set<ElementType> { .numbers }
  func outputTypes(_ inputs: [ElementType?]) throws(NetworkError) -> [ElementType] { [try identity.common(inputs)] }

  func evaluate(_ inputs: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    guard case .integers(let a) = try identity.value(inputs, 0) else {
      let (a, b) = (try identity.tensor(inputs, 0), try identity.tensor(inputs, 1))
      return [
        .tensor(
          Tensor.combining(a, b) { x, y in
            let rest = fmodf(x, y)
            if followsDividend || rest.isNaN { return rest }
            return rest == 0 ? copysignf(0, y) : (rest < 0) != (y < 0) ? rest + y : rest
          })
      ]
    }
    let b = try identity.integers(inputs, 1)
    let shape = try outputShapes([a.shape, b.shape])[0]
    let divisors = b.broadcast(to: shape)
    guard !divisors.contains(0) else { throw identity.invalid("divides an integer by 0") }
    let elements = zip(a.broadcast(to: shape), divisors).map { x, y in
      let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
      return !followsDividend && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    }
    return [.integers(IntegerTensor(shape: shape, elements: elements))]
  }
}
