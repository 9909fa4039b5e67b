import Networks
import Tensors

extension GraphBuilder {
  /// Extents of a product of the samples' rows with trained weights.
  private struct LinearLayer {
    /// Rows of one sample.
    var rows: Int
    var depth, columns: Int
    var transposes: Bool
    var scale: Float

    /// Where weight (k, n) lies.
    var weights: BatchCall.Product.Steps {
      transposes ? .init(row: 1, column: depth) : .init(row: columns, column: 1)
    }
    /// The same with rows and columns exchanged.
    var weightsTransposed: BatchCall.Product.Steps {
      transposes ? .init(row: depth, column: 1) : .init(row: 1, column: columns)
    }
  }

  private func linearLayer(_ node: Node, _ product: Computation.Product) -> LinearLayer? {
    guard !product.transposesLeft, isConstant(node.inputs[1]), let input = shapes[node.inputs[0]],
      let weights = shapes[node.inputs[1]], weights.rank == 2, input.rank >= 2
    else { return nil }
    let depth = input[input.rank - 1]
    return LinearLayer(
      rows: input.elementCount / depth, depth: depth, columns: weights[product.transposesRight ? 0 : 1],
      transposes: product.transposesRight, scale: product.scale)
  }

  /// Whether a bias is one number a column, as it is.
  private func hasPlainBias(_ node: Node, _ product: Computation.Product, columns: Int) -> Bool {
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return true }
    return product.biasScale == 1 && isConstant(node.inputs[2]) && shapes[node.inputs[2]]?.elementCount == columns
  }

  mutating func multiply(_ node: Node, _ product: Computation.Product) -> Bool {
    guard let layer = linearLayer(node, product) else { return multiplyActivations(node, product) }
    guard hasPlainBias(node, product, columns: layer.columns), let input = operand(node.inputs[0], as: .plain),
      let weights = constant(node.inputs[1]), let output = sampleValue(like: node.outputs[0], as: .plain)
    else { return false }
    let bias = node.inputs.count > 2 && !node.inputs[2].isEmpty ? constant(node.inputs[2]) : nil
    var call = BatchCall.Product(
      rows: samples * layer.rows, depth: layer.depth, columns: layer.columns,
      left: .init(row: layer.depth, column: 1), right: layer.weights)
    call.scale = layer.scale
    add(.multiply(call), [input, weights, bias, output], .together)
    define(node.outputs[0], output, as: .plain)
    return true
  }

  mutating func differentiateProduct(_ node: Node, _ product: Computation.Product) -> Bool {
    guard let layer = linearLayer(node, product) else { return differentiateActivations(node, product) }
    guard let input = operand(node.inputs[0], as: .plain), let weights = constant(node.inputs[1]) else { return false }
    guard let gradient = gradient(node.outputs[0], as: .plain) else { return true }
    let rows = samples * layer.rows
    if needsGradient(node.inputs[0]), let back = sampleValue(like: node.inputs[0], as: .plain) {
      var call = BatchCall.Product(
        rows: rows, depth: layer.columns, columns: layer.depth, left: .init(row: layer.columns, column: 1),
        right: layer.weightsTransposed)
      call.scale = layer.scale
      add(.multiply(call), [gradient, weights, nil, back], .together)
      contribute(back, to: node.inputs[0], as: .plain)
    }
    if needsGradient(node.inputs[1]) {
      // The transposed gradient times the inputs, or the other way around, as the weights lie.
      let (first, firstWidth) = layer.transposes ? (gradient, layer.columns) : (input, layer.depth)
      let (second, secondWidth) = layer.transposes ? (input, layer.depth) : (gradient, layer.columns)
      var call = BatchCall.Product(
        rows: firstWidth, depth: rows, columns: secondWidth, left: .init(row: 1, column: firstWidth),
        right: .init(row: secondWidth, column: 1))
      call.scale = layer.scale
      addProduct(call, first, second, to: node.inputs[1])
    }
    if node.inputs.count > 2, needsGradient(node.inputs[2]) {
      contributeSums(
        of: gradient, stride: layer.columns, count: layer.columns, rows: layer.rows, to: node.inputs[2])
    }
    return true
  }

  /// Adds a product to the gradient by a trained constant.
  private mutating func addProduct(_ call: BatchCall.Product, _ first: Value, _ second: Value, to name: String) {
    guard let target = parameterGradient(name) else { return }
    addProduct(call, first, second, to: target)
  }

  /// Sets a gradient to a product, or adds it.
  mutating func addProduct(
    _ call: BatchCall.Product, _ first: Value, _ second: Value, to target: (value: Value, adds: Bool)
  ) {
    guard target.adds else {
      add(.multiply(call), [first, second, nil, target.value], .together)
      return
    }
    let layout = ValueLayout.plain(count: call.rows * call.columns)
    let more = program.sharedValue(layout)
    add(.multiply(call), [first, second, nil, more], .together)
    add(.combine(.add, layout), [more, target.value, target.value], .together)
  }

  // MARK: Products of two activations, as in attention

  private struct Matrices {
    var batch, rows, depth, columns: Int
  }

  private func matrices(_ node: Node, _ product: Computation.Product) -> Matrices? {
    guard product == Computation.Product(), node.inputs.count == 2, !isConstant(node.inputs[0]),
      !isConstant(node.inputs[1]), let a = shapes[node.inputs[0]], let b = shapes[node.inputs[1]], a.rank >= 2,
      a.rank == b.rank, a.dimensions.dropLast(2) == b.dimensions.dropLast(2)
    else { return nil }
    return Matrices(
      batch: a.dimensions.dropLast(2).reduce(1, *), rows: a[a.rank - 2], depth: a[a.rank - 1],
      columns: b[b.rank - 1])
  }

  private mutating func multiplyActivations(_ node: Node, _ product: Computation.Product) -> Bool {
    guard let m = matrices(node, product), let left = operand(node.inputs[0], as: .plain),
      let right = operand(node.inputs[1], as: .plain), let output = sampleValue(like: node.outputs[0], as: .plain)
    else { return false }
    var call = BatchCall.Product(
      rows: m.rows, depth: m.depth, columns: m.columns,
      left: .init(matrix: m.rows * m.depth, row: m.depth, column: 1),
      right: .init(matrix: m.depth * m.columns, row: m.columns, column: 1))
    call.batch = m.batch
    add(.multiply(call), [left, right, nil, output])
    define(node.outputs[0], output, as: .plain)
    return true
  }

  private mutating func differentiateActivations(_ node: Node, _ product: Computation.Product) -> Bool {
    guard let m = matrices(node, product), let left = operand(node.inputs[0], as: .plain),
      let right = operand(node.inputs[1], as: .plain)
    else { return false }
    guard let gradient = gradient(node.outputs[0], as: .plain) else { return true }
    if needsGradient(node.inputs[0]), let back = sampleValue(like: node.inputs[0], as: .plain) {
      var call = BatchCall.Product(
        rows: m.rows, depth: m.columns, columns: m.depth,
        left: .init(matrix: m.rows * m.columns, row: m.columns, column: 1),
        right: .init(matrix: m.depth * m.columns, row: 1, column: m.columns))
      call.batch = m.batch
      add(.multiply(call), [gradient, right, nil, back])
      contribute(back, to: node.inputs[0], as: .plain)
    }
    if needsGradient(node.inputs[1]), let back = sampleValue(like: node.inputs[1], as: .plain) {
      var call = BatchCall.Product(
        rows: m.depth, depth: m.rows, columns: m.columns,
        left: .init(matrix: m.rows * m.depth, row: 1, column: m.depth),
        right: .init(matrix: m.rows * m.columns, row: m.columns, column: 1))
      call.batch = m.batch
      add(.multiply(call), [left, gradient, nil, back])
      contribute(back, to: node.inputs[1], as: .plain)
    }
    return true
  }
}
