/// Rows in order, a run of them to each seat, no replicas: the plain partitioning of layers' outputs ("LOP"), which
/// the RobustDiCE paper compares itself with (section 5.1).
public struct LayerOutputStrategy: PlanningStrategy {
  public static let name = "lop"
  public static let summary = "rows in order, a run of them to each seat, no replicas"

  public init() {}

  public func place(_ stage: ScoredStage, request: PlanRequest) -> StagePlacement {
    let count = stage.rowCount
    return StagePlacement(
      owners: (0..<count).map { $0 * request.seats / max(count, 1) },
      replicas: [[Int]](repeating: [], count: request.seats))
  }
}
