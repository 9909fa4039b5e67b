public import Tensors

/// Who computes which rows of which stage, who replicates them, and what fills a gap.
///
/// One file (see `Protocol/plan-file.md`), the same on every machine for the same inputs, addressed by the SHA-256 of
/// its bytes. A plan speaks of seats, never of agents.
public struct Plan: Sendable, Hashable {
  public static let formatVersion = 1

  public var network: NetworkReference
  public var inputs: [PlanValue]
  public var outputs: [PlanValue]
  public var seats: [Seat]
  /// The strategy's name and parameters, for people; nothing acts on it.
  public var strategy: Strategy
  /// How shards hold the weights of convolutions and linear layers, and seats compute with them.
  public var weightType: WeightType
  /// In the order in which they are computed.
  public var stages: [Stage]
  /// The exchanged values and network inputs that the gateway computes the outputs from, after the last exchange.
  public var tailInputs: [String]
  /// What stands in for rows nobody delivered, tried in this order.
  public var fills: [Fill]

  public init(
    network: NetworkReference, inputs: [PlanValue], outputs: [PlanValue], seats: [Seat], strategy: Strategy,
    weightType: WeightType = .float32, stages: [Stage], tailInputs: [String], fills: [Fill]
  ) {
    self.network = network
    self.inputs = inputs
    self.outputs = outputs
    self.seats = seats
    self.strategy = strategy
    self.weightType = weightType
    self.stages = stages
    self.tailInputs = tailInputs
    self.fills = fills
  }
}

/// The network that a plan is for: its name and the SHA-256 of its file, in hexadecimal.
public struct NetworkReference: Sendable, Hashable, Codable {
  public var name: String
  public var digest: String

  public init(name: String, digest: String) {
    self.name = name
    self.digest = digest
  }
}

/// A named input or output of the network, with its frozen shape.
public struct PlanValue: Sendable, Hashable, Codable {
  public var name: String
  public var shape: Shape

  public init(name: String, shape: Shape) {
    self.name = name
    self.shape = shape
  }

  public var elementCount: Int { shape.elementCount }
}

/// A place in the plan and what its holder must bring.
public struct Seat: Sendable, Hashable, Codable {
  /// Bytes of memory that the seat's weights and activations need at most.
  public var memoryBytes: Int
  /// Whether this seat may be given the raw input.
  public var mayReceiveInput: Bool

  public init(memoryBytes: Int, mayReceiveInput: Bool = true) {
    self.memoryBytes = memoryBytes
    self.mayReceiveInput = mayReceiveInput
  }
}

/// Which strategy made a plan, with its parameters as text.
public struct Strategy: Sendable, Hashable, Codable {
  public var name: String
  public var parameters: [String: String]

  public init(name: String, parameters: [String: String] = [:]) {
    self.name = name
    self.parameters = parameters
  }
}

/// What lies between two exchanges: its rows, their owners and replicas.
public struct Stage: Sendable, Hashable {
  public var name: String
  /// The value exchanged at the stage's end (its exchange point).
  public var output: PlanValue
  /// The axis of `output` along which its rows lie.
  public var rowAxis: Int
  /// Exchanged values and network inputs that the stage computes from.
  public var inputs: [String]
  /// The seat that owns each row; one entry a row.
  public var owners: [Int]
  /// For each seat the rows that it holds beside its own, ascending.
  public var replicas: [[Int]]
  public var elementType: WireElementType

  public init(
    name: String, output: PlanValue, rowAxis: Int, inputs: [String], owners: [Int], replicas: [[Int]],
    elementType: WireElementType = .float32
  ) {
    self.name = name
    self.output = output
    self.rowAxis = rowAxis
    self.inputs = inputs
    self.owners = owners
    self.replicas = replicas
    self.elementType = elementType
  }

  public var rowCount: Int { owners.count }
  /// Elements of the exchanged value that belong to one row.
  public var elementsPerRow: Int { output.shape.elementCount / Swift.max(rowCount, 1) }
  /// Rows that `seat` owns, ascending.
  public func ownRows(of seat: Int) -> [Int] { owners.indices.filter { owners[$0] == seat } }
  /// Rows of `owner` that `holder` replicates, ascending: the unit of replica work.
  public func replicaRows(of owner: Int, at holder: Int) -> [Int] { replicas[holder].filter { owners[$0] == owner } }
  /// Who holds a row: its owner, then its replicas from the next seat round.
  public func holders(of row: Int) -> [Int] {
    let owner = owners[row]
    let others = replicas.indices.filter { $0 != owner && replicas[$0].contains(row) }
    let count = replicas.count
    return [owner] + others.sorted { ($0 - owner + count) % count < ($1 - owner + count) % count }
  }
}

/// How a row's elements travel.
public enum WireElementType: String, Sendable, Hashable, Codable {
  case float32 = "f32"

  public var byteCount: Int {
    switch self {
    case .float32: 4
    }
  }
}

/// What stands in for rows that nobody delivered.
public enum Fill: String, Sendable, Hashable, Codable, CaseIterable {
  /// Another holder's copy of the same row: exact.
  case replica
  /// Zeros.
  case zero
}
