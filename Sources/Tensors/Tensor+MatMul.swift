import CKernels

extension Tensor {
  /// The matrix products [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast (numpy's rules).
  ///
  /// Vectors of [K] stand for 1 x K on the left and K x 1 on the right, and that axis leaves the result.
  public static func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape.rank > 0 && b.shape.rank > 0, "a scalar in a matrix product")
    let left = a.shape.rank == 1 ? a.reshaped(to: [1, a.count]) : a
    let right = b.shape.rank == 1 ? b.reshaped(to: [b.count, 1]) : b
    let rows = left.shape[left.shape.rank - 2]
    let depth = left.shape[left.shape.rank - 1]
    let columns = right.shape[right.shape.rank - 1]
    let leftBatch = Shape(left.shape.dimensions.dropLast(2))
    let rightBatch = Shape(right.shape.dimensions.dropLast(2))
    guard right.shape[right.shape.rank - 2] == depth, let batch = broadcast(leftBatch, rightBatch) else {
      preconditionFailure("matrices of \(a.shape) and \(b.shape) do not multiply")
    }
    // The kernel wants the right operand's columns as rows.
    let axes = right.shape.rank
    let columnsFirst = right.transposed(Array(0..<(axes - 2)) + [axes - 1, axes - 2])
    let instructionSet = InstructionSet.current
    let result = Tensor(shape: Shape(batch.dimensions + [rows, columns])) { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      var to = base
      forEachIndex(batch.dimensions, steps(of: leftBatch, in: batch), steps(of: rightBatch, in: batch)) { p, q in
        var plan = ek_linear()
        (plan.m, plan.n, plan.k) = (rows, columns, depth)
        plan.x = UnsafePointer(left.storage.pointer + p * rows * depth)
        plan.w = UnsafeRawPointer(columnsFirst.storage.pointer + q * columns * depth)
        plan.activation = Activation.none.forKernels
        plan.y = to
        instructionSet.linear(plan)
        to += rows * columns
      }
    }
    var shape = batch.dimensions
    if a.shape.rank > 1 { shape.append(rows) }
    if b.shape.rank > 1 { shape.append(columns) }
    return withExtendedLifetime((left, columnsFirst)) { result.reshaped(to: Shape(shape)) }
  }
}
