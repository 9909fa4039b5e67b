/// Every row on every seat (dual, triple, quadruple modular redundancy); rows are owned in turn.
public struct FullReplicationStrategy: PlanningStrategy {
  public static let name = "full"
  public static let summary = "every row on every seat: any one seat left gives the whole answer"

  public init() {}

  public func place(_ stage: ScoredStage, request: PlanRequest) -> StagePlacement {
    StagePlacement(
      holders: [[Int]](repeating: Array(0..<request.seats), count: stage.rowCount), seats: request.seats)
  }
}
