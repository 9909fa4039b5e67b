import CKernels

extension BatchCall {
  /// activation(a op b). Operands: two values of the layout; one.
  public static func combine(
    _ operation: Tensor.Arithmetic, _ layout: ValueLayout, _ activation: Activation = .none
  ) -> BatchCall {
    BatchCall(EK_BINARY, operands: 3) {
      var work = ek_binary()
      work.operation = operation.forKernels
      work.count = layout.floatCount(on: .current)
      work.activation = activation.forKernels
      $0.as.binary = work
    }
  }

  /// Operands: input; output.
  public static func apply(_ activation: Activation, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_UNARY, operands: 2) {
      var work = ek_unary()
      work.count = layout.floatCount(on: .current)
      work.activation = activation.forKernels
      $0.as.unary = work
    }
  }

  /// Operands: the activation's input (of a clamp its output does as well), gradient by its output; by its input.
  public static func gradient(by activation: Activation, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_GRADIENT_BY_FUNCTION, operands: 3) {
      var work = ek_function_gradient()
      work.count = layout.floatCount(on: .current)
      work.activation = activation.forKernels
      $0.as.function_gradient = work
    }
  }

  /// a * x + b * y. Operands: x, y; output.
  public static func mix(_ a: Float, _ b: Float, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_MIX, operands: 3) {
      $0.as.mix = ek_mix(count: layout.floatCount(on: .current), a: a, b: b, x: nil, y: nil, output: nil)
    }
  }

  /// Operands: output.
  public static func fill(_ value: Float, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_FILL, operands: 1) {
      $0.as.fill = ek_fill(count: layout.floatCount(on: .current), value: value, to: nil)
    }
  }

  /// Operands: input; output.
  public static func copy(_ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_COPY, operands: 2) {
      $0.as.copy = ek_copy(count: layout.floatCount(on: .current), from: nil, to: nil)
    }
  }

  /// A map's planes. Operands: map; plain.
  public static func toPlanes(_ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_TO_PLANES, operands: 2) {
      $0.as.layout = ek_layout(channels: layout.channels, pixels: layout.pixels, from: nil, to: nil)
    }
  }

  /// A map of planes. Operands: plain; map.
  public static func fromPlanes(_ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_FROM_PLANES, operands: 2) {
      $0.as.layout = ek_layout(channels: layout.channels, pixels: layout.pixels, from: nil, to: nil)
    }
  }

  /// An axis along which `move` goes: so many places, each so many numbers apart.
  public struct Axis: Hashable, Sendable {
    public var extent, fromStep, toStep: Int

    public init(_ extent: Int, from fromStep: Int, to toStep: Int) {
      self.extent = extent
      self.fromStep = fromStep
      self.toStep = toStep
    }
  }

  /// The most axes that `move` takes, once those are joined that can be (`Axis.joined`).
  public static let mostAxes = Int(EK_MOVE_AXES)

  /// Numbers from one arrangement to another, scaled; added to what is there where it `adds`. Operands: from; to.
  public static func move(
    _ axes: [Axis], fromOffset: Int = 0, toOffset: Int = 0, scale: Float = 1, adds: Bool = false
  ) -> BatchCall {
    let axes = Axis.joined(axes)
    precondition(axes.count <= mostAxes, "\(axes.count) axes, at most \(mostAxes)")
    var work = ek_move()
    func fill<T>(_ numbers: inout T, _ values: [Int]) {
      withUnsafeMutableBytes(of: &numbers) { bytes in
        for (index, value) in values.enumerated() {
          bytes.storeBytes(of: value, toByteOffset: index * MemoryLayout<Int>.stride, as: Int.self)
        }
      }
    }
    let unused = [Axis](repeating: Axis(1, from: 0, to: 0), count: mostAxes - axes.count)
    fill(&work.extents, (unused + axes).map(\.extent))
    fill(&work.from_steps, (unused + axes).map(\.fromStep))
    fill(&work.to_steps, (unused + axes).map(\.toStep))
    (work.from_offset, work.to_offset) = (fromOffset, toOffset)
    work.scale = scale
    work.adds = adds ? 1 : 0
    return BatchCall(EK_MOVE, operands: 2) { $0.as.move = work }
  }

  /// The sum of rows of `count` numbers, in their order. To be done together. Operands: rows; sum.
  public static func rowSums(rows: Int, count: Int, stride: Int, adds: Bool) -> BatchCall {
    BatchCall(EK_ROW_SUMS, operands: 2) {
      $0.as.row_sums = ek_row_sums(
        rows: rows, count: count, stride: stride, input: nil, adds: adds ? 1 : 0, output: nil)
    }
  }

  /// Operands: key of two words, input; output.
  public static func dropOut(keeping share: Float, _ layout: ValueLayout) -> BatchCall {
    BatchCall(EK_DROP_OUT, operands: 3) {
      $0.as.dropout = ek_dropout(
        count: layout.floatCount(on: .current), keep: share, key: nil, input: nil, output: nil)
    }
  }

  /// A product of matrices: the places of each operand's numbers.
  public struct Product: Hashable, Sendable {
    public var batch = 1
    public var rows, depth, columns: Int
    public var scale: Float = 1
    /// Numbers from one matrix to the next, from row to row, and from column to column.
    public var left: Steps
    public var right: Steps

    public struct Steps: Hashable, Sendable {
      public var matrix, row, column: Int

      public init(matrix: Int = 0, row: Int, column: Int) {
        self.matrix = matrix
        self.row = row
        self.column = column
      }
    }

    public init(rows: Int, depth: Int, columns: Int, left: Steps, right: Steps) {
      self.rows = rows
      self.depth = depth
      self.columns = columns
      self.left = left
      self.right = right
    }
  }

  /// Operands: left, right, bias of a number a column or nil; output, row-major, one matrix after the other.
  public static func multiply(_ product: Product) -> BatchCall {
    var work = ek_multiplication()
    (work.batch, work.m, work.n, work.k) = (product.batch, product.rows, product.columns, product.depth)
    work.scale = product.scale
    (work.a_batch, work.a_row, work.a_column) = (product.left.matrix, product.left.row, product.left.column)
    (work.b_batch, work.b_row, work.b_column) = (product.right.matrix, product.right.row, product.right.column)
    (work.y_batch, work.y_row) = (product.rows * product.columns, product.columns)
    work.activation = Activation.none.forKernels
    return BatchCall(EK_MULTIPLY_MATRICES, operands: 4) { $0.as.multiplication = work }
  }
}

extension BatchCall.Axis {
  /// The same with neighbouring axes as one where their steps allow it, and without those of one place.
  public static func joined(_ axes: [Self]) -> [Self] {
    var result: [Self] = []
    for axis in axes where axis.extent != 1 {
      if let last = result.last, last.fromStep == axis.extent * axis.fromStep,
        last.toStep == axis.extent * axis.toStep
      {
        result[result.count - 1] = Self(last.extent * axis.extent, from: axis.fromStep, to: axis.toStep)
      } else {
        result.append(axis)
      }
    }
    return result
  }
}
