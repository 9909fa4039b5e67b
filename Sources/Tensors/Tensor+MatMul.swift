import CKernels

extension Tensor {
  /// The matrix products [..., M, K] x [..., K, N] -> [..., M, N], times `scale`; leading axes broadcast (numpy's rules).
  ///
  /// Vectors of [K] stand for 1 x K on the left and K x 1 on the right, and that axis leaves the result. The last two
  /// axes of an operand can be taken for each other, which costs no copy.
  public static func matmul(
    _ a: Tensor, _ b: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false, scale: Float = 1
  ) -> Tensor {
    precondition(a.shape.rank > 0 && b.shape.rank > 0, "a scalar in a matrix product")
    let left = Factor(a.shape.rank == 1 ? a.reshaped(to: [1, a.count]) : a, isTransposed: transposingLeft)
    let right = Factor(b.shape.rank == 1 ? b.reshaped(to: [b.count, 1]) : b, isTransposed: transposingRight)
    guard right.rows == left.columns, let batch = broadcast(left.batch, right.batch) else {
      preconditionFailure("matrices of \(a.shape) and \(b.shape) do not multiply")
    }
    let (rows, columns) = (left.rows, right.columns)
    let result = Tensor(shape: Shape(batch.dimensions + [rows, columns])) { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
      var plan = ek_multiplication()
      (plan.m, plan.n, plan.k, plan.scale) = (rows, columns, left.columns, scale)
      (plan.a_row, plan.a_column) = (left.rowStride, left.columnStride)
      (plan.b_row, plan.b_column) = (right.rowStride, right.columnStride)
      plan.activation = Activation.none.forKernels
      (plan.y_batch, plan.y_row) = (rows * columns, columns)
      withExtendedLifetime((left, right)) {
        multiply(&plan, left, right, batch, to: base)
      }
    }
    var shape = batch.dimensions
    if a.shape.rank > 1 { shape.append(rows) }
    if b.shape.rank > 1 { shape.append(columns) }
    return result.reshaped(to: Shape(shape))
  }

  /// Everything at once where the matrices of each operand lie evenly, else one product after the other.
  private static func multiply(
    _ plan: inout ek_multiplication, _ left: Factor, _ right: Factor, _ batch: Shape,
    to base: UnsafeMutablePointer<Float>
  ) {
    let instructionSet = InstructionSet.current
    plan.batch = 1
    let scratch: AlignedStorage
    if let leftStep = left.step(in: batch), let rightStep = right.step(in: batch) {
      (plan.batch, plan.a_batch, plan.b_batch) = (batch.elementCount, leftStep, rightStep)
      scratch = AlignedStorage(count: instructionSet.kernels.multiplication_scratch(&plan, 1))
      plan.scratch = scratch.pointer
      plan.a = UnsafePointer(left.tensor.storage.pointer)
      plan.b = UnsafePointer(right.tensor.storage.pointer)
      plan.y = base
      instructionSet.multiply(plan)
    } else {
      scratch = AlignedStorage(count: instructionSet.kernels.multiplication_scratch(&plan, 1))
      plan.scratch = scratch.pointer
      plan.y = base
      forEachIndex(batch.dimensions, steps(of: left.batch, in: batch), steps(of: right.batch, in: batch)) { p, q in
        plan.a = UnsafePointer(left.tensor.storage.pointer + p * left.matrixCount)
        plan.b = UnsafePointer(right.tensor.storage.pointer + q * right.matrixCount)
        instructionSet.multiply(plan)
        plan.y += plan.y_batch
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// An operand: matrices on the last two axes.
  private struct Factor {
    let tensor: Tensor
    let batch: Shape
    let rows, columns, rowStride, columnStride: Int

    init(_ tensor: Tensor, isTransposed: Bool) {
      let shape = tensor.shape
      let (height, width) = (shape[shape.rank - 2], shape[shape.rank - 1])
      self.tensor = tensor
      batch = Shape(shape.dimensions.dropLast(2))
      (rows, columns) = isTransposed ? (width, height) : (height, width)
      (rowStride, columnStride) = isTransposed ? (1, width) : (width, 1)
    }

    var matrixCount: Int { rows * columns }

    /// From one matrix of the result's to the next; nil where that differs.
    func step(in whole: Shape) -> Int? {
      switch batch.elementCount {
      case whole.elementCount: matrixCount
      case 1: 0
      default: nil
      }
    }
  }
}
