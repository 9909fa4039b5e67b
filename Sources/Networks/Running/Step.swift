import Tensors

/// One thing to compute in a run: a node, or several fused into one. Values live in numbered slots.
struct Step: Sendable {
  enum Work: Sendable {
    case convolution(PackedConvolution, residual: Int?)
    case transposedConvolution(PackedTransposedConvolution)
    /// A matrix product with constant weights over the last axis.
    case linear(PackedLinear)
    case node(any Operator)
    /// Values without elements, which need not be computed.
    case empty([RuntimeValue])
  }

  let work: Work
  /// Names of the nodes that it computes: that with the weights first, then those fused to it.
  let nodes: [String]
  /// Slots of the inputs; nil where one is not given. Packed weights are no inputs.
  let inputs: [Int?]
  let outputs: [Int?]
  let outputShape: Shape
  /// Slots of values that nobody needs after this step.
  var releases: [Int] = []

  func run(_ values: inout [RuntimeValue?]) throws(NetworkError) {
    var given: [RuntimeValue?] = []
    for slot in inputs { given.append(slot.flatMap { values[$0] }) }
    let results: [RuntimeValue]
    switch work {
    case .convolution(let convolution, let residual):
      guard let maps = given.first??.samples else { throw Self.missing }
      var added: [FeatureMap]?
      if let residual {
        guard let values = values[residual]?.samples, values.count == maps.count else { throw Self.missing }
        added = values
      }
      results = [.samples(maps.indices.map { convolution(maps[$0], adding: added?[$0]) }, shape: outputShape)]
    case .transposedConvolution(let convolution):
      guard let maps = given.first??.samples else { throw Self.missing }
      results = [.samples(maps.map { convolution($0) }, shape: outputShape)]
    case .linear(let linear):
      guard let tensor = given.first??.asTensor else { throw Self.missing }
      let rows = tensor.count / linear.inputs
      results = [.tensor(linear(tensor.reshaped(to: [rows, linear.inputs])).reshaped(to: outputShape))]
    case .empty(let values): results = values
    case .node(let operation):
      results = try operation.evaluate(given)
    }
    given.removeAll()
    for slot in releases { values[slot] = nil }
    for (slot, result) in zip(outputs, results) { if let slot { values[slot] = result } }
  }

  /// Cannot happen in a validated graph; an error all the same rather than a trap.
  private static let missing = NetworkError.invalidGraph("a step's input was not made before it")
}
