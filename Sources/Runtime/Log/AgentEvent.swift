import Mesh

/// What an agent tells of itself: what its mind records, and what befalls the process around it.
enum AgentEvent: Sendable {
  case record(Record)
  case started(origin: AgentIdentity.Origin, address: String, stateDirectory: String)
  case stopping(uptimeMilliseconds: Int, requestsRunning: Int)
  case left(uptimeMilliseconds: Int, requestsAdmitted: Int)
  case planInstalled(Adoption)
  case planReady(Adoption, network: String, weightsBytes: Int)
  case planFailed(Adoption, reason: String)
  case planDropped(Adoption, network: String)
  case memoryPressure(PressureChange, MemoryHeld)
  /// Entries that found the log's queue full.
  case entriesLost(Int)
}

/// What of ours takes memory.
struct MemoryHeld: Sendable, Hashable {
  /// Packed weights of the seats that this agent holds.
  var weightsBytes: Int
  /// Requests that it is the gateway of.
  var requestsRunning: Int
  /// What they take: inputs, answers not yet acknowledged, frames ahead of their attempt.
  var requestsBytes: Int
}
