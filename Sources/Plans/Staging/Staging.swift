import Networks

extension StageGraph {
  /// Divides a simplified network into stages.
  ///
  /// An operator whose data every row needs whole (convolution, fully connected) starts a stage; operators that pass
  /// rows on continue it; the exchange comes as late as possible. Operands of one Add or Concat that come from
  /// different stages merge these where neither waits for the other, else the earlier one is gathered and cut. Where
  /// several values of a stage are needed behind it, the one is exchanged from which the others are cheapest to
  /// recompute. What cannot be divided, or costs less than an exchange, every consumer computes whole for itself.
  public init(_ analysis: AnalysedNetwork, options: StagingOptions = StagingOptions()) {
    var pass = StagingPass(analysis, options: options)
    pass.run()
    self.init(analysis, exchanging: pass.chooseExchanges())
  }

  /// The stages that follow from a set of exchanged values with their row axes.
  init(_ analysis: AnalysedNetwork, exchanging exchanges: [Exchange]) {
    let ordered = exchanges.sorted { (analysis.producers[$0.value] ?? 0) < (analysis.producers[$1.value] ?? 0) }
    let order = analysis.network.inputs.map(\.name) + ordered.map(\.value)
    let gathered = Set(order)
    func inOrder(_ values: Set<String>) -> [String] { order.filter(values.contains) }

    self.analysis = analysis
    stages = ordered.map { exchange in
      var trace = DemandTrace(analysis, gathered: gathered)
      trace.demandRows(of: exchange.value, axis: exchange.axis)
      trace.run()
      return StageOutline(
        output: PlanValue(name: exchange.value, shape: analysis.shape(of: exchange.value)), rowAxis: exchange.axis,
        inputs: inOrder(trace.usedGathered), slicedNodes: trace.sliced.sorted(),
        replicatedNodes: trace.whole.sorted())
    }
    var trace = DemandTrace(analysis, gathered: gathered)
    for output in analysis.network.outputs { trace.demandWhole(output.name) }
    trace.run()
    tail = TailOutline(inputs: inOrder(trace.usedGathered), nodes: trace.whole.sorted())
  }
}

/// A value that is exchanged, with the axis along which its rows lie.
struct Exchange: Hashable {
  var value: String
  var axis: Int
}

/// Walks back from what is demanded to what every seat holds whole, noting which nodes are computed by rows and which
/// whole. The symbolic twin of `SliceCutter`, which does the same for given rows.
struct DemandTrace {
  private let analysis: AnalysedNetwork
  private let gathered: Set<String>
  private var roots: Set<String> = []
  /// The demanded axis of a value, or nil where it is demanded whole.
  private var demands: [String: Int?] = [:]
  private(set) var usedGathered: Set<String> = []
  private(set) var sliced: Set<Int> = []
  private(set) var whole: Set<Int> = []

  init(_ analysis: AnalysedNetwork, gathered: Set<String>) {
    self.analysis = analysis
    self.gathered = gathered
  }

  /// Demands rows of a value that is to be computed here, though it is exchanged afterwards.
  mutating func demandRows(of value: String, axis: Int) {
    roots.insert(value)
    demands[value] = .some(axis)
  }

  mutating func demandWhole(_ value: String) { demand(value, axis: nil) }

  private mutating func demand(_ value: String, axis: Int?) {
    guard analysis.isData(value) else { return }
    if gathered.contains(value), !roots.contains(value) {
      usedGathered.insert(value)
    } else if let earlier = demands[value], earlier != axis {
      demands[value] = .some(nil)
    } else {
      demands[value] = .some(axis)
    }
  }

  mutating func run() {
    for index in analysis.network.nodes.indices.reversed() {
      let node = analysis.network.nodes[index]
      let demanded = node.outputs.filter { demands[$0] != nil }
      guard let first = demanded.first, let axis = demands[first] else { continue }
      if let axis, let rule = analysis.rowRule(ofNode: index, axis: axis) {
        sliced.insert(index)
        for (input, dependence) in zip(node.inputs, rule.inputs) {
          switch dependence {
          case .whole: demand(input, axis: nil)
          case .rows(let axis, _, _), .group(let axis, _, _): demand(input, axis: axis)
          }
        }
      } else {
        whole.insert(index)
        for input in node.inputs { demand(input, axis: nil) }
      }
    }
  }
}
