/// A way to give rows to seats. One file a strategy in `Strategies/`, and an entry in `PlanningStrategies`.
///
/// Arithmetic must be scalar and in a fixed order, so that the same inputs give the same plan on every machine.
public protocol PlanningStrategy: Sendable {
  /// The name on the command line and in the plan.
  static var name: String { get }
  /// A line of explanation for people.
  static var summary: String { get }

  init()

  /// Gives every row of a stage to its holders.
  func place(_ stage: ScoredStage, request: PlanRequest) -> StagePlacement
}

/// A stage with the importance of its rows.
public struct ScoredStage: Sendable {
  public var name: String
  /// One a row, finite.
  public var scores: [Double]

  public init(name: String, scores: [Double]) {
    self.name = name
    self.scores = scores
  }

  public var rowCount: Int { scores.count }
}

/// Who holds which rows of a stage.
public struct StagePlacement: Sendable, Hashable {
  /// The owner of each row.
  public var owners: [Int]
  /// For each seat the rows that it replicates, ascending.
  public var replicas: [[Int]]

  public init(owners: [Int], replicas: [[Int]]) {
    self.owners = owners
    self.replicas = replicas
  }

  /// Owners and replicas from the seats that hold each row: of several holders that one owns the row that owns fewest
  /// so far, the lowest where equal. Rows with one holder are given first, so that the others can make up for them.
  public init(holders: [[Int]], seats: Int) {
    var counts = [Int](repeating: 0, count: seats)
    owners = [Int](repeating: 0, count: holders.count)
    replicas = [[Int]](repeating: [], count: seats)
    for isShared in [false, true] {
      for (row, seats) in holders.enumerated() where (seats.count > 1) == isShared {
        let owner = seats.min { (counts[$0], $0) < (counts[$1], $1) } ?? 0
        owners[row] = owner
        counts[owner] += 1
      }
    }
    for (row, seats) in holders.enumerated() {
      for seat in seats where seat != owners[row] { replicas[seat].append(row) }
    }
  }

  /// Replica rows as a share of all rows.
  public var replicatedShare: Double {
    owners.isEmpty ? 0 : Double(replicas.reduce(0) { $0 + $1.count }) / Double(owners.count)
  }
}

/// The strategies that there are.
public enum PlanningStrategies {
  public static let all: [any PlanningStrategy.Type] = [
    RobustStrategy.self, LayerOutputStrategy.self, FullReplicationStrategy.self,
  ]

  public static let defaultName = RobustStrategy.name

  public static func named(_ name: String) throws(PlanningError) -> any PlanningStrategy {
    guard let type = all.first(where: { $0.name == name }) else {
      throw .unknownStrategy(name, known: all.map { $0.name })
    }
    return type.init()
  }
}
