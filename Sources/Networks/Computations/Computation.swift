public import Tensors

/// What a node computes, in terms on which other rooms can act: training derives its gradient from it.
public enum Computation: Hashable, Sendable {
  /// Operands: map, weights, bias or none.
  case convolution(Window, groups: Int)
  /// left * right, and a bias where there is one (then scaled by `biasScale`).
  case product(Product)
  /// Operands: map, scale, shift, running mean, running variance.
  case batchNormalization(epsilon: Float, momentum: Float)
  /// Over the last dimensions of so many elements. Operands: data, scale, shift or none.
  case layerNormalization(width: Int, epsilon: Float)
  /// Over the last dimensions of so many elements.
  case softmax(width: Int)
  case function(Activation)
  /// Element by element, with ONNX's broadcasting.
  case arithmetic(Tensor.Arithmetic)
  case maximumPool(Window)
  case averagePool(Window, countsPadding: Bool)
  case globalAveragePool
  case globalMaximumPool
  /// The same numbers in the same order, in another shape.
  case reshape
  /// Some of the inputs' numbers in other places, one list an output.
  case arrangement([[Move]])
  /// Numbers left out at random while training.
  case dropout(ratio: Float)
  case recurrence(Recurrence)

  /// A matrix product.
  public struct Product: Hashable, Sendable {
    public var transposesLeft = false
    public var transposesRight = false
    public var scale: Float = 1
    public var biasScale: Float = 1

    public init() {}
  }

  /// output[offset + sum of i * step] = or += scale * input[...] for each index within the extents; what no move of an
  /// output writes is 0. Several places may be read, or added to, more than once.
  public struct Move: Hashable, Sendable {
    /// Which of the node's inputs.
    public var input: Int
    public var axes: [Axis]
    public var inputOffset = 0
    public var outputOffset = 0
    public var scale: Float = 1

    public struct Axis: Hashable, Sendable {
      public var extent, inputStep, outputStep: Int
    }
  }
}

extension Shape {
  /// Numbers from one index to the next along each dimension, row-major.
  var steps: [Int] {
    var steps = [Int](repeating: 1, count: rank)
    for axis in dimensions.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * self[axis + 1] }
    return steps
  }
}
