import Networks
import Tensors

extension StageGraph {
  /// The stages that a plan speaks of: its exchanged values, whatever options they were once chosen with.
  public init(_ analysis: AnalysedNetwork, following plan: Plan) throws(PlanError) {
    for (index, stage) in plan.stages.enumerated() {
      guard analysis.producers[stage.output.name] != nil else {
        throw .mismatch(field: "stage \(index)'s output", plan: stage.output.name, network: "without such a value")
      }
    }
    self.init(
      analysis, exchanging: plan.stages.map { Exchange(value: $0.output.name, axis: $0.rowAxis) })
    try plan.check(against: self)
  }
}

extension Plan {
  /// Refuses a plan whose stages are not these.
  public func check(against graph: StageGraph) throws(PlanError) {
    guard stages.count == graph.stages.count else {
      throw .mismatch(field: "number of stages", plan: "\(stages.count)", network: "\(graph.stages.count)")
    }
    for (index, (stage, outline)) in zip(stages, graph.stages).enumerated() {
      func words(_ value: PlanValue, _ axis: Int, _ inputs: [String]) -> String {
        "\(value.name) \(value.shape) along axis \(axis) from \(inputs.joined(separator: ", "))"
      }
      guard stage.output == outline.output, stage.rowAxis == outline.rowAxis, stage.inputs == outline.inputs else {
        throw .mismatch(
          field: "stage \(index)", plan: words(stage.output, stage.rowAxis, stage.inputs),
          network: words(outline.output, outline.rowAxis, outline.inputs))
      }
    }
    guard tailInputs == graph.tail.inputs else {
      throw .mismatch(
        field: "tail", plan: tailInputs.joined(separator: ", "), network: graph.tail.inputs.joined(separator: ", "))
    }
  }
}
