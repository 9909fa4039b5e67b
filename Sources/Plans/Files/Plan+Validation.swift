public import Networks
import Tensors

extension Plan {
  /// Checks that the plan is whole and at one with itself; whoever reads or makes one calls this before acting on it.
  public func validate() throws(PlanError) {
    guard (1...PlanLimits.seats).contains(seats.count) else {
      throw .invalid(field: "seats", reason: "has \(seats.count) entries, not 1...\(PlanLimits.seats)")
    }
    guard stages.count <= PlanLimits.stages else {
      throw .invalid(field: "stages", reason: "has more than \(PlanLimits.stages) entries")
    }
    guard network.digest.utf8.count == 64, network.digest.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
    else {
      throw .invalid(field: "network.digest", reason: "is not a SHA-256 in 64 lower-case hexadecimal digits")
    }
    guard fills.last == .zero, Set(fills).count == fills.count else {
      throw .invalid(field: "fills", reason: "must name each kind at most once and end with 'zero'")
    }
    guard !inputs.isEmpty, !outputs.isEmpty else {
      throw .invalid(field: inputs.isEmpty ? "inputs" : "outputs", reason: "is empty")
    }
    guard inputs.count <= PlanLimits.networkValues, outputs.count <= PlanLimits.networkValues else {
      throw .invalid(
        field: inputs.count > PlanLimits.networkValues ? "inputs" : "outputs",
        reason: "has more than \(PlanLimits.networkValues) entries")
    }
    var known: Set<String> = []
    for (index, input) in inputs.enumerated() where input.name.isEmpty || !known.insert(input.name).inserted {
      throw .invalid(field: "inputs[\(index)].name", reason: "'\(input.name)' is empty or given twice")
    }
    var stageNames: Set<String> = []
    for (index, stage) in stages.enumerated() {
      let field = "stages[\(index)]"
      try stage.validate(field: field, seats: seats.count, known: known)
      guard stageNames.insert(stage.name).inserted else {
        throw .invalid(field: "\(field).name", reason: "'\(stage.name)' is given twice")
      }
      guard !stage.output.name.isEmpty, known.insert(stage.output.name).inserted else {
        throw .invalid(field: "\(field).output.name", reason: "'\(stage.output.name)' is empty or given twice")
      }
    }
    for (index, input) in tailInputs.enumerated() where !known.contains(input) {
      throw .invalid(
        field: "tailInputs[\(index)]", reason: "'\(input)' is neither a network input nor a stage's output")
    }
  }

  /// Refuses a plan that was made for another network than the one with this file digest.
  public func check(against other: Network, digest: String) throws(PlanError) {
    guard network.digest == digest else {
      throw .mismatch(field: "digest", plan: network.digest, network: digest)
    }
    let pairs = [("inputs", inputs, other.inputs), ("outputs", outputs, other.outputs)]
    for (field, own, others) in pairs {
      let found = others.map { PlanValue(name: $0.name, shape: $0.shape) }
      guard own == found else {
        func words(_ values: [PlanValue]) -> String {
          values.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
        }
        throw .mismatch(field: field, plan: words(own), network: words(found))
      }
    }
  }
}

extension Stage {
  fileprivate func validate(field: String, seats: Int, known: Set<String>) throws(PlanError) {
    guard !name.isEmpty else { throw .invalid(field: "\(field).name", reason: "is empty") }
    guard output.shape.rank <= PlanLimits.rank, output.shape.dimensions.allSatisfy({ $0 > 0 }),
      output.shape.checkedElementCount(limit: PlanLimits.elements) != nil
    else {
      throw .invalid(field: "\(field).output.shape", reason: "\(output.shape) is not a shape of a bounded size")
    }
    guard output.shape.dimensions.indices.contains(rowAxis) else {
      throw .invalid(field: "\(field).rowAxis", reason: "\(rowAxis) is not an axis of \(output.shape)")
    }
    guard owners.count == output.shape[rowAxis] else {
      throw .invalid(
        field: "\(field).owners", reason: "has \(owners.count) rows, but axis \(rowAxis) of \(output.shape) has others")
    }
    if let row = owners.firstIndex(where: { !(0..<seats).contains($0) }) {
      throw .invalid(field: "\(field).owners[\(row)]", reason: "\(owners[row]) is not one of \(seats) seats")
    }
    guard replicas.count == seats else {
      throw .invalid(field: "\(field).replicas", reason: "has \(replicas.count) lists for \(seats) seats")
    }
    for (seat, rows) in replicas.enumerated() {
      var previous = -1
      for (index, row) in rows.enumerated() {
        let field = "\(field).replicas[\(seat)][\(index)]"
        guard row > previous else { throw .invalid(field: field, reason: "rows are not in ascending order") }
        guard row < owners.count else { throw .invalid(field: field, reason: "there is no row \(row)") }
        guard owners[row] != seat else { throw .invalid(field: field, reason: "the seat owns row \(row) itself") }
        previous = row
      }
    }
    guard !inputs.isEmpty, Set(inputs).count == inputs.count else {
      throw .invalid(field: "\(field).inputs", reason: "is empty or names a value twice")
    }
    if let index = inputs.firstIndex(where: { !known.contains($0) }) {
      throw .invalid(
        field: "\(field).inputs[\(index)]",
        reason: "'\(inputs[index])' is neither a network input nor an earlier stage's output")
    }
  }
}
