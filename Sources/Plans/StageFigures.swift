public import Networks

/// What one stage, or the tail behind the last one, takes and costs for one request while no seat is lost.
public struct StageFigures: Sendable, Hashable {
  /// One seat's part of it.
  public struct Share: Sendable, Hashable {
    public var rows: Int
    /// Of its own rows, with what it computes whole for them.
    public var multiplyAccumulates: Int
    public var exchange: SeatExchange
  }

  /// The exchanged value's name; "tail" behind the last exchange.
  public var name: String
  /// Nodes by operator, in the order of their first appearance.
  public var operators: [OperatorCount]
  /// How many of the nodes every seat computes whole; of the tail's, all are the gateway's.
  public var replicatedNodes: Int
  public var rows: Int
  /// Numbers among its nodes' weights and other constants, each counted once in the network.
  public var parameters: Int
  /// Of the whole stage, computed once.
  public var multiplyAccumulates: Int
  /// Bytes of the whole value that is exchanged; 0 for the tail.
  public var exchangedBytes: Int
  /// One a seat; none for the tail.
  public var shares: [Share]

  public struct OperatorCount: Sendable, Hashable {
    public var operatorType: String
    public var count: Int
  }
}

extension StageGraph {
  /// The figures of every stage under `plan`, which must be one for these stages, and of the tail.
  ///
  /// - Parameter profile: the network's, node by node.
  public func figures(of plan: Plan, profile: [NodeProfile]) -> (stages: [StageFigures], tail: StageFigures) {
    var counted: Set<Int> = []
    func figures(named name: String, nodes: [Int], replicated: Int) -> StageFigures {
      var operators: [StageFigures.OperatorCount] = []
      for node in nodes {
        let type = profile[node].operatorType
        if let known = operators.firstIndex(where: { $0.operatorType == type }) {
          operators[known].count += 1
        } else {
          operators.append(.init(operatorType: type, count: 1))
        }
      }
      // A node that several stages compute again has its parameters once.
      let first = nodes.filter { counted.insert($0).inserted }
      return StageFigures(
        name: name, operators: operators, replicatedNodes: replicated, rows: 0,
        parameters: first.reduce(0) { $0 + profile[$1].parameters },
        multiplyAccumulates: nodes.reduce(0) { $0 + analysis.multiplyAccumulates[$1] }, exchangedBytes: 0, shares: [])
    }
    let stages = self.stages.enumerated().map { index, outline in
      var stage = figures(
        named: outline.name, nodes: (outline.slicedNodes + outline.replicatedNodes).sorted(),
        replicated: outline.replicatedNodes.count)
      stage.rows = outline.rowCount
      stage.exchangedBytes = outline.output.elementCount * plan.stages[index].elementType.byteCount
      stage.shares = plan.seats.indices.map { seat in
        let rows = plan.stages[index].ownRows(of: seat)
        return StageFigures.Share(
          rows: rows.count, multiplyAccumulates: sliceMultiplyAccumulates(stage: index, rows: rows),
          exchange: plan.exchange(ofStage: index, at: seat))
      }
      return stage
    }
    return (stages, figures(named: "tail", nodes: tail.nodes, replicated: 0))
  }
}
