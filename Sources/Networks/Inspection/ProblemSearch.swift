import Tensors

/// Reads a model and walks through its graph, noting what is wrong instead of stopping there.
struct ProblemSearch {
  private let model: ONNXModel
  private let graph: ONNXGraph
  private let external: ExternalData?
  private(set) var problems: [NetworkProblem] = []
  private(set) var parameters = 0
  private(set) var parameterBytes = 0
  /// The shapes of all values of which they are known.
  private(set) var shapes: [String: Shape] = [:]
  /// The simplified network, where nothing is wrong.
  private(set) var network: Network?

  private var draft: Network
  /// What the elements of values are, where that is known.
  private var types: [String: ElementType] = [:]
  /// Nodes that are given elements which they do not take. Not held against the file where they turn out to be needless.
  private var typeProblems: [NetworkProblem] = []
  /// Values of which nothing is known, because something is wrong where they come from.
  private var unknown: Set<String> = []
  /// Nodes whose problems are noted already, by name.
  private var broken: Set<String> = []

  /// - Parameter external: where data beside the model are found; nil where only its bytes are at hand.
  init(_ model: ONNXModel, _ graph: ONNXGraph, external: ExternalData?) {
    self.model = model
    self.external = external
    self.graph = graph
    draft = Network(
      name: graph.name, opset: model.opsets[""] ?? NetworkLimits.opsets.upperBound, inputs: [], outputs: [], nodes: [],
      constants: [:])
  }

  // MARK: Reading

  /// Reads constants, inputs and nodes; throws where the file is damaged.
  mutating func read(_ bytes: Span<UInt8>, shapes: [String: Shape]) throws(NetworkError) {
    checkOpset()
    if graph.hasSparseInitialisers {
      problems.append(NetworkProblem(.type, reason: "it has sparse tensors", remedy: "save them dense"))
    }
    for tensor in graph.initialisers {
      guard let constant = try constant(tensor, bytes: bytes, subject: tensor.name) else {
        unknown.insert(tensor.name)
        continue
      }
      guard draft.constants.updateValue(constant, forKey: tensor.name) == nil else {
        throw .invalidGraph("the constant '\(tensor.name)' is given twice")
      }
    }
    for input in graph.inputs where draft.constants[input.name] == nil && !unknown.contains(input.name) {
      read(input, given: shapes[input.name])
    }
    for (node, name) in zip(graph.nodes, Network.uniqueNames(of: graph.nodes)) {
      try read(node, named: name, bytes: bytes)
    }
    draft.outputs = graph.outputs.map { ValueDescription(name: $0.name, shape: []) }
  }

  private mutating func checkOpset() {
    let known = "\(NetworkLimits.opsets.lowerBound) to \(NetworkLimits.opsets.upperBound)"
    guard let opset = model.opsets[""] else {
      problems.append(NetworkProblem(.opset, reason: "it names no opset", remedy: "export again with one of \(known)"))
      return
    }
    guard !NetworkLimits.opsets.contains(opset) else { return }
    problems.append(
      NetworkProblem(.opset, reason: "its opset is \(opset)", remedy: "export again with one of \(known)"))
  }

  /// A tensor's elements; nil, with the problem noted, where they are of a kind that is not read.
  private mutating func constant(
    _ tensor: ONNXTensor, bytes: Span<UInt8>, subject: String, operatorType: String = ""
  ) throws(NetworkError) -> Constant? {
    guard let type = ONNXElementType(rawValue: tensor.elementType) else {
      problems.append(
        NetworkProblem(
          .type, subject: subject, operatorType: operatorType,
          reason: "holds elements of type \(ONNXElementType.name(of: tensor.elementType)), which are not read",
          remedy: "export with float weights and integer indices"))
      return nil
    }
    let constant = try tensor.constant(in: bytes, external: external)
    if type.isFloat, operatorType.isEmpty || operatorType == "Constant" {
      let count = constant.shape.elementCount
      parameters += count
      parameterBytes += count * type.byteCount
    }
    return constant
  }

  private mutating func read(_ input: ONNXValue, given: Shape?) {
    do throws(NetworkError) {
      draft.inputs.append(try Network.frozen(input, given: given))
      return
    } catch {
      if input.frozenShape(given: given) == nil, input.elementType != nil {
        let isOne = input.openDimensions.count == 1
        problems.append(
          NetworkProblem(
            .dimension, subject: input.name,
            reason: input.dimensions == nil
              ? "declares no dimensions"
              : "its dimension\(isOne ? "" : "s") \(input.openDimensionWords) \(isOne ? "is" : "are") not fixed",
            remedy: input.openShapeRemedy))
      }
      if input.elementType.flatMap(ONNXElementType.init(rawValue:)) == nil {
        problems.append(
          NetworkProblem(
            .type, subject: input.name,
            reason: input.elementType.map { "is an input with elements of type \(ONNXElementType.name(of: $0))" }
              ?? "is an input but no tensor (a sequence or a map, or the file gives it no type)",
            remedy: "export it with float, integer or boolean inputs"))
      }
    }
    // A stand-in, so that the graph can be put in order.
    draft.inputs.append(ValueDescription(name: input.name, shape: []))
    unknown.insert(input.name)
  }

  private mutating func read(_ node: ONNXNode, named name: String, bytes: Span<UInt8>) throws(NetworkError) {
    let type = node.qualifiedType
    let bare = Node(name: name, operatorType: type, inputs: node.inputs, outputs: node.outputs)
    var isKnown = type == "Constant" || OperatorLibrary.contains(type)
    if isKnown {
      for attribute in node.attributes {
        guard case .tensor(let tensor) = attribute.value else { continue }
        let found = try constant(tensor, bytes: bytes, subject: name, operatorType: type)
        isKnown = isKnown && found != nil
      }
    } else {
      problems.append(.unsupportedOperator(type, node: name))
    }
    if isKnown {
      do throws(NetworkError) {
        try draft.add(node, named: name, bytes: bytes, external: external)
        return
      } catch .invalidNode(let node, let operatorType, let reason) {
        problems.append(NetworkProblem(.invalidNode(node: node, operatorType: operatorType, reason: reason)))
      }
    }
    broken.insert(name)
    draft.nodes.append(bare)
  }

  // MARK: Walking

  /// Goes through the nodes as they run and asks each what it makes of its inputs. Throws where the graph is damaged.
  mutating func walk() throws(NetworkError) {
    for input in draft.inputs where !unknown.contains(input.name) {
      shapes[input.name] = input.shape
      types[input.name] = input.elementType
    }
    // Without its constants or its meaning a graph says no more.
    guard !graph.hasSparseInitialisers, NetworkLimits.opsets.contains(draft.opset), model.opsets[""] != nil else {
      return
    }
    let inputs = draft.inputs
    for name in unknown.subtracting(inputs.map(\.name)).sorted() {
      draft.inputs.append(ValueDescription(name: name, shape: []))
    }
    draft = try draft.validated()
    draft.inputs = inputs
    for (name, constant) in draft.constants {
      shapes[name] = constant.shape
      types[name] = constant.elementType
    }

    var values = draft
    var budget = FoldingBudget(for: draft)
    for node in draft.nodes where !visit(node, &values, &budget) { unknown.formUnion(node.outputs) }
    guard problems.isEmpty else {
      problems += typeProblems
      return
    }
    do throws(NetworkError) {
      let simplified = try draft.simplified()
      for output in simplified.outputs { shapes[output.name] = output.shape }
      network = simplified
    } catch { problems = typeProblems.isEmpty ? [NetworkProblem(error)] : typeProblems }
  }

  /// Whether the node's outputs are known; notes what is wrong with it where that is its own fault.
  private mutating func visit(_ node: Node, _ values: inout Network, _ budget: inout FoldingBudget) -> Bool {
    guard !broken.contains(node.name) else { return false }
    let missing = Set(node.inputs.filter(unknown.contains))
    do throws(NetworkError) {
      let operation = try values.makeOperator(for: node)
      guard missing.isEmpty else { return false }
      let outputs = try values.inferredShapes(of: node, operation, given: shapes)
      for (output, shape) in zip(node.outputs, outputs) where !output.isEmpty { shapes[output] = shape }
      if try values.fold(node, operation, shapes: shapes, within: &budget) {
        for output in node.outputs { types[output] = values.constants[output]?.elementType }
      } else {
        inferTypes(of: node, operation, in: values)
      }
      return true
    } catch {
      // What it misses may be what something else has not made.
      let text = error.description
      if !missing.contains(where: { text.contains("'\($0)'") }) { problems.append(NetworkProblem(error)) }
      return false
    }
  }

  /// Types of a node's outputs, where those of its inputs are known and such as it takes.
  private mutating func inferTypes(of node: Node, _ operation: any Operator, in values: Network) {
    guard node.inputs.allSatisfy({ $0.isEmpty || types[$0] != nil }) else { return }
    do throws(NetworkError) {
      let outputs = try values.inferredTypes(of: node, operation, given: types)
      for (output, type) in zip(node.outputs, outputs) where !output.isEmpty { types[output] = type }
    } catch {
      var problem = NetworkProblem(error)
      problem.kind = .type
      typeProblems.append(problem)
    }
  }
}
