import Mesh

extension PressureChange {
  /// One line for people: the level, why, and the figures that say so.
  func words(_ held: MemoryHeld) -> String {
    let stalls =
      "tasks waited \(figures.someStalledMilliseconds) ms, all at once \(figures.fullStalledMilliseconds) ms, "
      + "of the last \(figures.windowMilliseconds) ms"
    let ours =
      "this agent has \(Self.size(figures.residentBytes)) resident, \(Self.size(held.weightsBytes)) of it weights, "
      + "and \(held.requestsRunning) requests of \(Self.size(held.requestsBytes))"
    guard to != .none else { return "memory pressure is over (was \(from)); \(ours)" }
    let reread =
      cause == .filesReadAgain || figures.fileRefaults == 0
      ? "" : "; \(figures.fileRefaults) file pages were evicted and read again"
    return "memory pressure is \(to) (was \(from)): \(reason); \(stalls)\(reread); \(ours)"
  }

  private var reason: String {
    switch cause {
    case .ownLimit:
      "this agent's limit of \(Self.size(figures.limitBytes)) is reached (\(Self.size(figures.limitUsedBytes)) charged)"
    case .machineShort:
      "the machine has \(Self.size(figures.machineAvailableBytes)) of \(Self.size(figures.machineTotalBytes)) left"
        + (figures.limitBytes == nil ? "" : ", though this agent is below its own limit")
    case .swapping: "\(figures.swapRefaults) pages were read back from swap"
    case .filesReadAgain:
      "\(figures.fileRefaults) file pages were evicted and read again (\(figures.majorFaults) faults of this agent "
        + "read from disk)"
    case .elsewhere: "this agent is below its limit and the machine has room: something else on it is short"
    case .over: "it is nearly over"
    }
  }

  private static func size(_ bytes: Int?) -> String {
    guard let bytes else { return "an unknown amount" }
    let tenths = bytes / ((1 << 20) / 10)
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
