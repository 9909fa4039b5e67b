import Tensors

/// What RNN, GRU and LSTM share of attributes and shapes. With S steps, N samples, I features, D directions and H hidden
/// units, of G gates: the sequence is `[S, N, I]`, weights `[D, G * H, I]` and `[D, G * H, H]`, the bias `[D, 2 * G * H]`,
/// states `[D, N, H]`, the outputs of all steps `[S, D, N, H]`. With `layout` 1 (from opset 14) the samples come first:
/// `[N, S, I]`, `[N, D, H]`, `[N, S, D, H]`.
struct RecurrentAttributes: Sendable {
  enum Direction: String { case forward, reverse, bidirectional }

  let identity: NodeIdentity
  let direction: Direction
  /// One list a direction.
  let functions: [[GateFunction]]
  /// What goes into a function is brought within this of 0.
  let clip: Float
  let samplesFirst: Bool
  let gates: Int
  private let declaredHidden: Int?
  /// Which outputs are wanted.
  let outputCount: Int

  /// `states`: how many outputs there are after the first. `defaults`: the functions of one direction.
  init(
    _ reader: NodeReader, gates: Int, states: Int, defaults: [GateFunction]
  ) throws(NetworkError) {
    identity = reader.identity
    self.gates = gates
    direction = try reader.choice("direction", default: .forward)
    samplesFirst = try reader.flag("layout")
    clip = try reader.float("clip", default: .infinity)
    guard clip >= 0 else { throw reader.invalid("its clip is \(clip)") }
    declaredHidden = try reader.integer("hidden_size")
    outputCount = reader.node.outputs.count
    let directions = direction == .bidirectional ? 2 : 1
    var named: [GateFunction] = []
    var alphas = ArraySlice(try reader.floats("activation_alpha") ?? [])
    var betas = ArraySlice(try reader.floats("activation_beta") ?? [])
    let names = try reader.strings("activations") ?? []
    for name in names {
      guard let function = GateFunction(named: name, alphas: &alphas, betas: &betas) else {
        throw reader.invalid("its activation '\(name)' is not supported")
      }
      named.append(function)
    }
    guard names.isEmpty || names.count == defaults.count * directions else {
      throw reader.invalid("has \(names.count) activations; it takes \(defaults.count * directions)")
    }
    functions = (0..<directions).map { direction in
      names.isEmpty ? defaults : Array(named[direction * defaults.count..<(direction + 1) * defaults.count])
    }
  }

  var directions: Int { functions.count }

  /// Whether a direction goes through the sequence from its end.
  func isReverse(_ index: Int) -> Bool { direction == .reverse || index == 1 }

  /// The extents of a node's inputs.
  struct Extents {
    var steps, samples, features, hidden: Int
  }

  /// Checks sequence, weights, bias (position 3), lengths (4) and `states` initial states (from 5).
  func extents(_ inputs: [Shape?], states: Int) throws(NetworkError) -> Extents {
    let sequence = try identity.shape(inputs, 0)
    let weights = try identity.shape(inputs, 1)
    guard sequence.rank == 3, !sequence.dimensions.contains(0) else {
      throw identity.invalid("its input is \(sequence); it takes a sequence of three dimensions")
    }
    let recurrence = try identity.shape(inputs, 2)
    guard recurrence.rank == 3, recurrence[2] > 0 else {
      throw identity.invalid("its recurrence weights are \(recurrence)")
    }
    let extents = Extents(
      steps: sequence[samplesFirst ? 1 : 0], samples: sequence[samplesFirst ? 0 : 1], features: sequence[2],
      hidden: recurrence[2])
    guard declaredHidden.map({ $0 == extents.hidden }) ?? true else {
      throw identity.invalid("hidden_size is \(declaredHidden ?? 0), its weights' is \(extents.hidden)")
    }
    let rows = cappedProduct([gates, extents.hidden])
    func check(_ position: Int, _ what: String, _ expected: Shape) throws(NetworkError) {
      guard position < inputs.count, let shape = inputs[position], shape != expected else { return }
      throw identity.invalid("its \(what) is \(shape); it takes \(expected)")
    }
    guard weights == [directions, rows, extents.features] else {
      throw identity.invalid("its weights are \(weights); it takes \(Shape([directions, rows, extents.features]))")
    }
    try check(2, "recurrence", [directions, rows, extents.hidden])
    try check(3, "bias", [directions, cappedProduct([2, rows])])
    try check(4, "sequence_lens", [extents.samples])
    for position in 5..<5 + states { try check(position, "initial state", stateShape(extents)) }
    return extents
  }

  func stateShape(_ extents: Extents) -> Shape {
    samplesFirst ? [extents.samples, directions, extents.hidden] : [directions, extents.samples, extents.hidden]
  }

  func outputShapes(_ extents: Extents) throws(NetworkError) -> [Shape] {
    let all: Shape =
      samplesFirst
      ? [extents.samples, extents.steps, directions, extents.hidden]
      : [extents.steps, directions, extents.samples, extents.hidden]
    let state = stateShape(extents)
    return Array([try identity.checked(all), state, state].prefix(outputCount))
  }
}
