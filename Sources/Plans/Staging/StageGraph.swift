public import Networks
import Tensors

/// A network divided into stages by its operators' placement rules.
///
/// A stage is what is computed for one exchanged value: everything from values that every seat holds whole (network
/// inputs and exchanged values) down to the stage's output, of which each seat computes some rows. So a set of
/// exchanged values says it all; `Cutting` makes networks of it.
public struct StageGraph: Sendable {
  public let analysis: AnalysedNetwork
  /// In the order in which they are computed; each depends on earlier ones and network inputs alone.
  public let stages: [StageOutline]
  /// What the gateway computes alone behind the last exchange, from values that every seat holds whole.
  public let tail: TailOutline

  public var network: Network { analysis.network }

  /// The index of the stage that exchanges `value`.
  public func stageIndex(ofOutput value: String) -> Int? { stages.firstIndex { $0.output.name == value } }

  /// Values that every seat holds whole at some time: network inputs and exchanged values.
  var gathered: Set<String> { Set(stages.map(\.output.name)).union(network.inputs.map(\.name)) }
}

/// One stage of a network, before anybody has been given its rows.
public struct StageOutline: Sendable, Hashable {
  /// The exchanged value's name, which is unique.
  public var name: String { output.name }
  public var output: PlanValue
  /// The axis of `output` along which its rows lie.
  public var rowAxis: Int
  /// Exchanged values and network inputs that it computes from, earliest first.
  public var inputs: [String]
  /// Nodes of which a seat computes its rows only, ascending.
  public var slicedNodes: [Int]
  /// Nodes that every seat computes whole, ascending: the stage's prologue.
  public var replicatedNodes: [Int]

  public var rowCount: Int { output.shape[rowAxis] }
}

/// What is computed whole behind the last exchange.
public struct TailOutline: Sendable, Hashable {
  /// Exchanged values and network inputs that it computes from, earliest first.
  public var inputs: [String]
  /// Ascending; none where every output of the network is itself exchanged.
  public var nodes: [Int]
}
