/// What a stage's exchange moves for one request while no seat is lost, as one seat sees it.
public struct SeatExchange: Sendable, Hashable {
  /// Bytes of the seat's own slice.
  public var sliceBytes: Int
  /// Bytes that it sends: its slice, once to each seat that needs it.
  public var sentBytes: Int
  /// Bytes that reach it: all other slices. Where the value does not reach all seats, the gateway's (or deputy's) alone.
  public var receivedBytes: Int
  /// Whether every seat goes on from the value; otherwise the gateway and its deputy alone need it.
  public var reachesAllSeats: Bool
}

extension Plan {
  public func exchange(ofStage index: Int, at seat: Int) -> SeatExchange {
    let stage = stages[index]
    let own = stage.owners.count { $0 == seat }
    let rowBytes = stage.elementsPerRow * stage.elementType.byteCount
    let reachesAllSeats = stages.contains { $0.inputs.contains(stage.output.name) }
    let others = seats.count - 1
    return SeatExchange(
      sliceBytes: own * rowBytes, sentBytes: own * rowBytes * (reachesAllSeats ? others : min(2, others)),
      receivedBytes: (stage.rowCount - own) * rowBytes, reachesAllSeats: reachesAllSeats)
  }
}
