import Networks
import Planning
import Plans
import Tensors

extension Inspection {
  /// One object with all figures; the keys are those of the manual page.
  var json: JSON {
    .object([
      ("file", .string(file)), ("bytes", .count(survey.fileBytes)), ("digest", .string(survey.digest)),
      ("name", .string(survey.name)), ("producer", .string(survey.producer)), ("opset", .count(survey.opset)),
      ("inputs", .array(survey.inputs.map(encode))), ("outputs", .array(survey.outputs.map(encode))),
      ("operators", .array(operators.map(encode))),
      (
        "parameters",
        .object([
          ("in_file", .count(survey.parameters)), ("in_file_bytes", .count(survey.parameterBytes)),
          ("held", .count(heldParameters)), ("held_bytes", .count(heldParameters.map { 4 * $0 })),
        ])
      ),
      ("macs", .count(multiplyAccumulates)), ("flops", .count(multiplyAccumulates.map(Self.flops))),
      (
        "memory",
        .object([("weight_bytes", .count(weightBytes)), ("activation_peak_bytes", .count(activationPeakBytes))])
      ),
      ("layers", layers.map { .array($0.map(encode)) } ?? .null),
      ("mesh", mesh.map(encode) ?? .null), ("mesh_obstacle", meshObstacle.map { .string($0) } ?? .null),
      ("problems", .array(problems.map(encode))),
    ])
  }

  private func encode(_ value: NetworkSurvey.Value) -> JSON {
    .object([
      ("name", .string(value.name)), ("type", value.elementType.isEmpty ? .null : .string(value.elementType)),
      (
        "declared",
        value.declaredDimensions.map { words in
          .array(words.map { word in Int64(word).map { .integer($0) } ?? .string(word) })
        } ?? .null
      ),
      ("shape", value.shape.map(encode) ?? .null),
    ])
  }

  private func encode(_ shape: Shape) -> JSON { .array(shape.dimensions.map { .count($0) }) }

  private func encode(_ row: OperatorRow) -> JSON {
    .object([
      ("operator", .string(row.operatorType)), ("in_file", .count(row.inFile)),
      ("run", .count(layers == nil ? nil : row.run)), ("parameters", .count(layers == nil ? nil : row.parameters)),
      ("macs", .count(layers == nil ? nil : row.multiplyAccumulates)),
    ])
  }

  private func encode(_ layer: NodeProfile) -> JSON {
    .object([
      ("node", .string(layer.name)), ("operator", .string(layer.operatorType)), ("shape", encode(layer.outputShape)),
      ("parameters", .count(layer.parameters)), ("macs", .count(layer.multiplyAccumulates)),
    ])
  }

  private func encode(_ mesh: Mesh) -> JSON {
    .object([
      (
        "seats",
        .array(
          zip(mesh.seats, mesh.seatMultiplyAccumulates).map { seat, multiplyAccumulates in
            .object([
              ("seat", .count(seat.seat)), ("rows", .count(seat.rows)), ("macs", .count(multiplyAccumulates)),
              ("weight_bytes", .count(seat.weightBytes)), ("memory_bytes", .count(seat.memoryBytes)),
              ("sent_bytes", .count(seat.sentBytes)), ("received_bytes", .count(seat.receivedBytes)),
              ("gateway_bytes", .count(seat.gatewayBytes)),
            ])
          })
      ),
      ("stages", .array(mesh.stages.map(encode))),
      (
        "tail",
        .object([
          ("operators", encode(mesh.tail.operators)), ("parameters", .count(mesh.tail.parameters)),
          ("macs", .count(mesh.tail.multiplyAccumulates)),
        ])
      ),
    ])
  }

  private func encode(_ stage: StageFigures) -> JSON {
    .object([
      ("name", .string(stage.name)), ("operators", encode(stage.operators)),
      ("replicated_nodes", .count(stage.replicatedNodes)), ("rows", .count(stage.rows)),
      ("parameters", .count(stage.parameters)), ("macs", .count(stage.multiplyAccumulates)),
      ("exchanged_bytes", .count(stage.exchangedBytes)),
      ("reaches_all_seats", .boolean(stage.shares.contains { $0.exchange.reachesAllSeats })),
      (
        "shares",
        .array(
          stage.shares.map { share in
            .object([
              ("rows", .count(share.rows)), ("macs", .count(share.multiplyAccumulates)),
              ("slice_bytes", .count(share.exchange.sliceBytes)), ("sent_bytes", .count(share.exchange.sentBytes)),
              ("received_bytes", .count(share.exchange.receivedBytes)),
            ])
          })
      ),
    ])
  }

  /// An object with a member an operator: its number of nodes.
  private func encode(_ operators: [StageFigures.OperatorCount]) -> JSON {
    .object(operators.map { ($0.operatorType, .count($0.count)) })
  }

  private func encode(_ problem: NetworkProblem) -> JSON {
    func text(_ text: String) -> JSON { text.isEmpty ? .null : .string(text) }
    return .object([
      ("kind", .string(problem.kind.rawValue)), ("subject", text(problem.subject)),
      ("operator", text(problem.operatorType)), ("reason", .string(problem.reason)), ("remedy", text(problem.remedy)),
    ])
  }
}

extension JSON {
  /// A whole number, or null where there is none.
  fileprivate static func count(_ value: Int?) -> JSON { value.map { .integer(Int64($0)) } ?? .null }
}
