import Networks
import Tensors

/// Makes the network that computes given rows of a value (or some values whole) from what every seat holds whole.
///
/// First back from what is demanded, finding what each node must compute; then forward, writing the nodes down with
/// their parameters cut. In a slice every value has one fixed set of rows, ascending, so that Concat keeps its order;
/// a consumer that needs fewer of them, or rows of a gathered value, gets them through `edgemesh.SelectRows`.
struct SliceCutter {
  private let analysis: AnalysedNetwork
  private let gathered: Set<String>
  private var roots: [String] = []
  private var demands: [String: RowDemand] = [:]
  private var usedGathered: Set<String> = []

  private var nodes: [Node] = []
  private var selections: [String: [RowDemand: String]] = [:]
  private var usedConstants: Set<String> = []
  /// Floating-point operations of the network that was made.
  private(set) var flops = 0
  /// Multiply-accumulates of the network that was made.
  private(set) var multiplyAccumulates = 0

  init(_ analysis: AnalysedNetwork, gathered: Set<String>) {
    self.analysis = analysis
    self.gathered = gathered
  }

  mutating func network(
    named name: String, computing rows: [Int], of value: String, axis: Int, pool: inout ConstantPool
  )
    -> Network
  {
    roots = [value]
    demands[value] = normalised(.rows(axis: axis, rows), of: value)
    return build(named: name, pool: &pool)
  }

  mutating func network(named name: String, computingWhole values: [String], pool: inout ConstantPool) -> Network {
    roots = values
    for value in values { demand(value, .whole) }
    return build(named: name, pool: &pool)
  }

  // MARK: Backward

  private mutating func demand(_ value: String, _ demand: RowDemand) {
    guard analysis.isData(value) else { return }
    // A Concat's operand without any of the rows.
    if case .rows(_, []) = demand { return }
    if isGathered(value) {
      usedGathered.insert(value)
    } else {
      demands[value] = normalised(demands[value]?.union(demand) ?? demand, of: value)
    }
  }

  private func isGathered(_ value: String) -> Bool {
    gathered.contains(value) && demands[value] == nil
  }

  /// All rows are the whole value.
  private func normalised(_ demand: RowDemand, of value: String) -> RowDemand {
    guard case .rows(let axis, let rows) = demand, rows.count == analysis.shape(of: value)[axis] else { return demand }
    return .whole
  }

  private func cut(ofNode index: Int, for demand: RowDemand) -> NodeCut {
    guard case .rows(let axis, let rows) = demand, let rule = analysis.rowRule(ofNode: index, axis: axis) else {
      return .whole
    }
    let node = analysis.network.nodes[index]
    let extents: [Int?] = zip(node.inputs, rule.inputs).map { input, dependence in
      guard case .rows(let axis, _, _) = dependence, !input.isEmpty else { return nil }
      return analysis.shape(of: input)[axis]
    }
    return NodeCut(rows: rows, axis: axis, rule: rule, inputExtents: extents)
  }

  private mutating func build(named name: String, pool: inout ConstantPool) -> Network {
    var cuts: [Int: NodeCut] = [:]
    for index in analysis.network.nodes.indices.reversed() {
      let node = analysis.network.nodes[index]
      guard let output = node.outputs.first(where: { demands[$0] != nil }), let demanded = demands[output] else {
        continue
      }
      let cut = cut(ofNode: index, for: demanded)
      cuts[index] = cut
      for (position, input) in node.inputs.enumerated() {
        if let rule = cut.rule, let rows = cut.rows {
          demand(input, rule.inputs[position].demand(forRows: rows) { analysis.shape(of: input)[$0] })
        } else {
          demand(input, .whole)
        }
      }
    }
    for index in cuts.keys.sorted() {
      if let cut = cuts[index] { emit(nodeAt: index, cut, pool: &pool) }
    }
    // An output may be known beforehand.
    for root in roots where analysis.network.constants[root] != nil { usedConstants.insert(pool.name(ofWhole: root)) }
    var constants: [String: Constant] = [:]
    for name in usedConstants { constants[name] = pool.constant(named: name) }
    let inputs = analysis.network.inputs.map(\.name) + analysis.network.nodes.flatMap(\.outputs)
    return Network(
      name: name, opset: analysis.network.opset,
      inputs: inputs.filter(usedGathered.contains).map {
        ValueDescription(name: $0, shape: analysis.shape(of: $0), elementType: analysis.elementType(of: $0))
      },
      outputs: roots.map {
        ValueDescription(
          name: $0, shape: shape(of: $0, under: demands[$0] ?? .whole), elementType: analysis.elementType(of: $0))
      },
      nodes: nodes, constants: constants)
  }

  private func shape(of value: String, under demand: RowDemand) -> Shape {
    var shape = analysis.shape(of: value)
    if case .rows(let axis, let rows) = demand { shape[axis] = rows.count }
    return shape
  }

  // MARK: Forward

  private mutating func emit(nodeAt index: Int, _ cut: NodeCut, pool: inout ConstantPool) {
    let node = analysis.network.nodes[index]
    switch cut.kind {
    case .whole:
      var whole = node
      // A value that is wanted by rows but made whole takes another name until it is cut.
      whole.outputs = node.outputs.map { isCut($0) ? $0 + "~whole" : $0 }
      flops += analysis.flops[index]
      multiplyAccumulates += analysis.multiplyAccumulates[index]
      whole.inputs = node.inputs.map { operand($0, .whole, pool: &pool) }
      nodes.append(whole)
      for output in node.outputs where isCut(output) { select(from: output + "~whole", held: .whole, as: output) }
    case .rows(let axis, let rows):
      guard let output = node.outputs.first, let demanded = demands[output] else { return }
      let isExact = normalised(.rows(axis: axis, rows), of: output) == demanded
      let name = isExact ? output : output + "~part"
      nodes.append(part(ofNode: index, rows: rows, axis: axis, cut: cut, output: name, pool: &pool))
      if !isExact { select(from: name, held: .rows(axis: axis, rows), as: output) }
    case .groups(let axis, let groups):
      guard let output = node.outputs.first else { return }
      var names: [String] = []
      for (number, rows) in groups.enumerated() {
        names.append("\(output)~group\(number)")
        var part = part(ofNode: index, rows: rows, axis: axis, cut: cut, output: names[number], pool: &pool)
        part.name += "~group\(number)"
        nodes.append(part)
      }
      nodes.append(
        Node(
          name: node.name + "~groups", operatorType: "Concat", inputs: names, outputs: [output],
          attributes: ["axis": .integer(axis)]))
    }
  }

  private func isCut(_ value: String) -> Bool {
    if case .rows = demands[value] { true } else { false }
  }

  private mutating func part(
    ofNode index: Int, rows: [Int], axis: Int, cut: NodeCut, output: String, pool: inout ConstantPool
  ) -> Node {
    let original = analysis.network.nodes[index]
    var node = analysis.operators[index].node(
      original, computing: rows, axis: axis, inputs: analysis.inputShapes(of: original))
    let allRows = max(analysis.shape(of: original.outputs[0])[axis], 1)
    flops += analysis.flops[index] / allRows * rows.count
    multiplyAccumulates += analysis.multiplyAccumulates[index] / allRows * rows.count
    var operands: [String] = []
    for (position, input) in node.inputs.enumerated() {
      guard let rule = cut.rule, !input.isEmpty, position < rule.inputs.count, original.inputs[position] == input else {
        operands.append(operand(input, .whole, pool: &pool))
        continue
      }
      let demand = rule.inputs[position].demand(forRows: rows) { analysis.shape(of: input)[$0] }
      // None of the rows comes from this operand (of a Concat): its place stays empty.
      if case .rows(_, []) = demand {
        operands.append("")
        continue
      }
      operands.append(operand(input, normalised(demand, of: input), pool: &pool))
    }
    node.inputs = operands
    node.outputs = [output]
    return node
  }

  /// The name under which the wanted part of a value is at hand, cut here where it is not yet.
  private mutating func operand(_ value: String, _ wanted: RowDemand, pool: inout ConstantPool) -> String {
    guard !value.isEmpty else { return value }
    guard analysis.isData(value) else {
      let name: String
      if case .rows(let axis, let rows) = wanted {
        name = pool.name(ofRows: rows, axis: axis, of: value)
      } else {
        name = pool.name(ofWhole: value)
      }
      usedConstants.insert(name)
      return name
    }
    let held = isGathered(value) ? RowDemand.whole : demands[value] ?? .whole
    if held == wanted { return value }
    if let known = selections[value]?[wanted] { return known }
    let name = "\(value)~select\(selections[value]?.count ?? 0)"
    selections[value, default: [:]][wanted] = name
    select(from: value, held: held, wanted: wanted, of: value, as: name)
    return name
  }

  private mutating func select(from source: String, held: RowDemand, as value: String) {
    select(from: source, held: held, wanted: demands[value] ?? .whole, of: value, as: value)
  }

  /// Writes down a `SelectRows` from the held part of `value`, which goes by the name `source`, to the wanted part.
  /// Rows that are not held are zero.
  private mutating func select(
    from source: String, held: RowDemand, wanted: RowDemand, of value: String, as name: String
  ) {
    let axis: Int
    switch (held, wanted) {
    case (_, .rows(let wantedAxis, _)): axis = wantedAxis
    case (.rows(let heldAxis, _), .whole): axis = heldAxis
    case (.whole, .whole): axis = 0
    }
    let extent = analysis.shape(of: value)[axis]
    let heldRows = if case .rows(_, let rows) = held { rows } else { Array(0..<extent) }
    let wantedRows = if case .rows(_, let rows) = wanted { rows } else { Array(0..<extent) }
    let positions = Dictionary(uniqueKeysWithValues: heldRows.enumerated().map { ($1, $0) })
    nodes.append(
      Node(
        name: name + "~rows", operatorType: "edgemesh.SelectRows", inputs: [source], outputs: [name],
        attributes: ["axis": .integer(axis), "rows": .integers(wantedRows.map { positions[$0] ?? -1 })]))
  }
}
