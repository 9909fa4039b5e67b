import Glibc

// The trigonometric and hyperbolic functions of each element, and their inverses.

struct Sin: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { sin(x) }
}

struct Cos: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { cos(x) }
}

struct Tan: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { tan(x) }
}

struct Asin: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { asin(x) }
}

struct Acos: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { acos(x) }
}

struct Atan: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { atan(x) }
}

struct Sinh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { sinh(x) }
}

struct Cosh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { cosh(x) }
}

struct Asinh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { asinh(x) }
}

struct Acosh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { acosh(x) }
}

struct Atanh: PlainUnaryOperator {
  let identity: NodeIdentity

  func apply(_ x: Float) -> Float { atanh(x) }
}
