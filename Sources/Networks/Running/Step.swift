import Tensors

/// One thing to compute in a run: kernels, or a node by itself.
struct Step: Sendable {
  enum Work: Sendable {
    /// Steps of the network's kernel program.
    case kernels(Range<Int>)
    case convolution(PackedConvolution, hasResidual: Bool)
    case transposedConvolution(PackedTransposedConvolution)
    case node(any Operator)
    /// Values without elements, which need not be computed.
    case empty([RuntimeValue])
  }

  /// Where an input comes from.
  enum Source: Sendable {
    case slot(Int)
    /// A value that a kernel has left in the arena.
    case arena(offset: Int, ValueForm, Shape)
  }

  let work: Work
  /// Nil where one is not given. Packed weights are no inputs; a kernel's operands stand in the program.
  let inputs: [Source?]
  let outputs: [Int?]
  let outputShape: Shape
  /// Slots of values that nobody needs after this step.
  var releases: [Int] = []

  /// The outputs from the inputs; not for kernels.
  func evaluate(_ given: [RuntimeValue?]) throws(NetworkError) -> [RuntimeValue] {
    switch work {
    case .kernels: return []
    case .convolution(let convolution, let hasResidual):
      guard let maps = given.first??.samples else { throw Self.missing }
      var added: [FeatureMap]?
      if hasResidual {
        guard let values = given.last??.samples, values.count == maps.count else { throw Self.missing }
        added = values
      }
      return [.samples(maps.indices.map { convolution(maps[$0], adding: added?[$0]) }, shape: outputShape)]
    case .transposedConvolution(let convolution):
      guard let maps = given.first??.samples else { throw Self.missing }
      return [.samples(maps.map { convolution($0) }, shape: outputShape)]
    case .empty(let values): return values
    case .node(let operation): return try operation.evaluate(given)
    }
  }

  /// Cannot happen in a validated graph; an error all the same rather than a trap.
  static let missing = NetworkError.invalidGraph("a step's input was not made before it")
}
