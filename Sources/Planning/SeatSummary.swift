import Networks
public import Plans
import Tensors

/// What a plan asks of one seat.
public struct SeatSummary: Sendable, Hashable {
  public var seat: Int
  /// Rows of all stages that the seat owns.
  public var rows: Int
  /// Rows of others that it replicates.
  public var replicaRows: Int
  /// Bytes of all weights that it holds, the tail's included.
  public var weightBytes: Int
  /// Bytes of the values that it holds while a request runs, estimated: what has been gathered, and the largest slice.
  public var activationBytes: Int
  /// Floating-point operations a request for its own rows, and for its replicas if they are asked for.
  public var flops: Int
  public var replicaFLOPs: Int
  /// Bytes that it sends for one request while no seat is lost and it is not the gateway.
  public var sentBytes: Int
  /// Bytes that it receives for one request; as the gateway `gatewayBytes` more.
  public var receivedBytes: Int
  public var gatewayBytes: Int

  public var memoryBytes: Int { weightBytes + activationBytes }
}

extension StageGraph {
  /// What `plan`, which must be one for these stages, asks of each seat.
  public func summaries(of plan: Plan) -> [SeatSummary] {
    plan.seats.indices.map { summary(of: $0, in: plan) }
  }

  private func summary(of seat: Int, in plan: Plan) -> SeatSummary {
    var summary = SeatSummary(
      seat: seat, rows: 0, replicaRows: 0, weightBytes: 0, activationBytes: 0, flops: 0, replicaFLOPs: 0, sentBytes: 0,
      receivedBytes: 0, gatewayBytes: 0)
    var pool = ConstantPool(of: network, weights: plan.weightType, keepsParts: false)
    for index in plan.stages.indices {
      for unit in plan.units(ofStage: index, at: seat) {
        let rows = plan.rows(ofStage: index, unit: unit, at: seat)
        var flops = 0
        _ = sliceNetwork(stage: index, rows: rows, pool: &pool, addingFLOPsTo: &flops)
        if unit == .own {
          summary.rows += rows.count
          summary.flops += flops
        } else {
          summary.replicaRows += rows.count
          summary.replicaFLOPs += flops
        }
      }
      let exchange = plan.exchange(ofStage: index, at: seat)
      summary.sentBytes += exchange.sentBytes
      if exchange.reachesAllSeats {
        summary.receivedBytes += exchange.receivedBytes
      } else {
        summary.gatewayBytes += exchange.receivedBytes
      }
    }
    _ = tailNetwork(pool: &pool)
    summary.weightBytes = pool.byteCount
    summary.activationBytes = activationBytes(of: plan)
    return summary
  }

  /// The most that the gathered values of one stage and what it computes of them take, counted whole: a bound for any
  /// seat, but for padding.
  private func activationBytes(of plan: Plan) -> Int {
    func bytes(_ value: String) -> Int { analysis.shape(of: value).elementCount * MemoryLayout<Float>.stride }
    var lastUse: [String: Int] = [:]
    for (index, stage) in plan.stages.enumerated() { for input in stage.inputs { lastUse[input] = index } }
    for input in plan.tailInputs { lastUse[input] = plan.stages.count }
    var most = 0
    for (index, outline) in stages.enumerated() {
      // Values whose last consumer lies two stages back are dropped.
      let live = plan.inputs.map(\.name) + plan.stages.prefix(index + 1).map(\.output.name)
      let gathered = live.reduce(0) { (lastUse[$1] ?? 0) + 1 >= index ? $0 + bytes($1) : $0 }
      let made = (outline.slicedNodes + outline.replicatedNodes).map {
        network.nodes[$0].outputs.reduce(0) { $0 + bytes($1) }
      }
      most = max(most, gathered + made.sorted(by: >).prefix(2).reduce(0, +))
    }
    return most
  }
}
