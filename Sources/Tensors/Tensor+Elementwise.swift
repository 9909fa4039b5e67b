import CKernels

extension Tensor {
  /// The operators that `combining` computes without a call an element.
  public enum Arithmetic: Hashable, Sendable { case add, subtract, multiply, divide }

  /// A function of every element.
  public func map(_ function: (Float) throws -> Float) rethrows -> Tensor {
    try Tensor(shape: shape) { buffer in
      for index in 0..<buffer.count { buffer[index] = try function(storage.pointer[index]) }
    }
  }

  /// A tensor of this shape that `body` fills from this one's elements: one call for all of them.
  public func mapped(_ body: (Span<Float>, inout MutableSpan<Float>) -> Void) -> Tensor {
    withExtendedLifetime(self) {
      Tensor(shape: shape) { buffer in
        var target = MutableSpan(_unsafeElements: buffer)
        body(Span(_unsafeElements: UnsafeBufferPointer(start: storage.pointer, count: storage.count)), &target)
      }
    }
  }

  /// The shape that two shapes broadcast to, aligned at their last axes; nil where they do not.
  public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    let rank = Swift.max(a.rank, b.rank)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis < rank - a.rank ? 1 : a[axis - (rank - a.rank)]
      let y = axis < rank - b.rank ? 1 : b[axis - (rank - b.rank)]
      guard x == y || x == 1 || y == 1 else { return nil }
      result[axis] = x == 1 ? y : x
    }
    return Shape(result)
  }

  /// A function of the elements of two tensors that broadcast to each other (numpy's rules).
  public static func combining(_ a: Tensor, _ b: Tensor, _ function: (Float, Float) -> Float) -> Tensor {
    broadcasting(a, b) { x, xStep, y, yStep, to, count in
      for index in 0..<count { to[index] = function(x[index * xStep], y[index * yStep]) }
    }
  }

  /// The sum, difference, product or quotient of two tensors that broadcast to each other (numpy's rules).
  public static func combining(_ a: Tensor, _ b: Tensor, _ arithmetic: Arithmetic) -> Tensor {
    broadcasting(a, b) { x, xStep, y, yStep, to, count in
      if xStep == 1, yStep == 1 {
        InstructionSet.current.binary(
          ek_binary(
            operation: arithmetic.forKernels, count: count, activation: Activation.none.forKernels, a: x, b: y,
            output: to))
        return
      }
      switch arithmetic {
      case .add: for index in 0..<count { to[index] = x[index * xStep] + y[index * yStep] }
      case .subtract: for index in 0..<count { to[index] = x[index * xStep] - y[index * yStep] }
      case .multiply: for index in 0..<count { to[index] = x[index * xStep] * y[index * yStep] }
      case .divide: for index in 0..<count { to[index] = x[index * xStep] / y[index * yStep] }
      }
    }
  }

  /// The elements repeated to a larger shape (numpy's rules).
  public func broadcasted(to shape: Shape) -> Tensor {
    precondition(Tensor.broadcast(self.shape, shape) == shape, "\(self.shape) does not broadcast to \(shape)")
    return gathering(shape, origin: 0, steps: Self.steps(of: self.shape, in: shape))
  }

  /// Runs `body` over the innermost axis of the broadcast, row by row: operands with their steps, result, count.
  private static func broadcasting(
    _ a: Tensor, _ b: Tensor,
    _ body: (UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    guard let shape = broadcast(a.shape, b.shape) else {
      preconditionFailure("\(a.shape) and \(b.shape) do not broadcast")
    }
    return withExtendedLifetime((a, b)) {
      Tensor(shape: shape) { buffer in
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
        if a.shape == b.shape {
          body(a.storage.pointer, 1, b.storage.pointer, 1, base, buffer.count)
          return
        }
        let x = steps(of: a.shape, in: shape)
        let y = steps(of: b.shape, in: shape)
        let inner = shape.dimensions.last ?? 1
        var to = base
        forEachIndex(shape.dimensions.dropLast(), x.dropLast(), y.dropLast()) { p, q in
          body(a.storage.pointer + p, x.last ?? 0, b.storage.pointer + q, y.last ?? 0, to, inner)
          to += inner
        }
      }
    }
  }

  /// Steps that walk a tensor of `shape` along the axes of a broadcast shape: 0 along repeated axes.
  static func steps(of shape: Shape, in broadcast: Shape) -> [Int] {
    let strides = shape.strides
    return (0..<broadcast.rank).map { axis in
      let own = axis - (broadcast.rank - shape.rank)
      return own < 0 || shape[own] == 1 ? 0 : strides[own]
    }
  }
}
