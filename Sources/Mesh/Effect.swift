public import Membership
public import Plans

/// A buffer that the outside keeps: a received message's tensor bytes, a computed slice, an output. The mind sees its
/// name only.
public struct BufferHandle: Sendable, Hashable, Comparable {
  public var number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public static func < (a: BufferHandle, b: BufferHandle) -> Bool { a.number < b.number }
}

/// The way back to a client, as the socket gave it.
public struct ClientRoute: Sendable, Hashable {
  public var number: UInt64
  public init(_ number: UInt64) { self.number = number }
}

/// A piece of work of the worker: a seat's own rows of a stage, or the rows of another owner that it replicates.
public struct WorkUnit: Sendable, Hashable {
  public var stage: Int
  public var owner: Int

  public init(stage: Int, owner: Int) {
    self.stage = stage
    self.owner = owner
  }
}

/// Tensor bytes to send behind a frame's header.
public struct Payload: Sendable, Hashable {
  public var buffer: BufferHandle
  public var offset: Int
  public var length: Int

  public init(buffer: BufferHandle, offset: Int, length: Int) {
    self.buffer = buffer
    self.offset = offset
    self.length = length
  }
}

/// What goes into the mind, with `now`.
public enum Input: Sendable {
  /// An authentic frame of another agent; `buffer` holds a chunk's tensor bytes.
  case frame(Frame, buffer: BufferHandle?)
  /// A client's frame; `buffer` holds an input chunk's bytes.
  case client(ClientFrame, route: ClientRoute, buffer: BufferHandle?)
  /// The worker finished a unit: its slice's bytes are in `buffer`.
  case computed(AttemptID, WorkUnit, buffer: BufferHandle, microseconds: Int)
  /// The worker finished the tail: the outputs, one after another, are in `buffer`.
  case tailComputed(AttemptID, buffer: BufferHandle, microseconds: Int)
  /// The worker could not: the attempt ends here.
  case computeFailed(AttemptID, reason: String)
  /// The worker spent time on placing chunks of an attempt.
  case placed(AttemptID, microseconds: Int)
  /// A seat's shard is packed and ready.
  case holdingReady(HeldPlan)
  /// A plan is no longer held.
  case holdingDropped(PlanDigest)
  /// A connection was lost: suspect, never dead.
  case disconnected(AgentID)
  /// How short this board is of memory now.
  case memory(MemoryPressure)
  /// Leave the mesh in order.
  case leave
  /// `nextDeadline` has come.
  case timer
}

/// A plan of which this agent holds a seat's shard.
public struct HeldPlan: Sendable {
  public var facts: PlanFacts
  public var generation: UInt64
  public var seat: Int
  public var network: NetworkReference

  public init(facts: PlanFacts, generation: UInt64, seat: Int, network: NetworkReference) {
    self.facts = facts
    self.generation = generation
    self.seat = seat
    self.network = network
  }
}

/// What comes out of the mind, to be carried out in order.
public enum Effect: Sendable {
  /// To an agent, over the control socket (no payload) or the tensor socket.
  case send(Frame, payload: Payload?, to: AgentID)
  /// Membership speaks to an address whose agent it may not know yet.
  case sendControl(Frame, address: String)
  case reply(ClientReply, payload: Payload?, route: ClientRoute)

  /// The worker prepares an attempt: gathered values, its seat's program.
  case open(AttemptID, plan: PlanDigest, deadline: Timestamp)
  /// The worker places a network input's bytes and frees the buffer.
  case placeInput(AttemptID, input: Int, offset: Int, BufferHandle)
  /// The worker places slice bytes of a unit that `holder` computed, and frees the buffer.
  case place(AttemptID, WorkUnit, holder: Int, offset: Int, BufferHandle)
  case fill(AttemptID, stage: Int, owner: Int, rows: [Int], Fill)
  /// The worker computes a unit; where `placing`, its rows also go into the stage's gathered value here.
  case compute(AttemptID, WorkUnit, placing: Bool)
  case computeTail(AttemptID)
  case close(AttemptID)
  case release(BufferHandle)

  /// A member is there, moved or gone: the outside keeps its connections accordingly.
  case connect(AgentID, address: String, incarnation: UInt64)
  case disconnect(AgentID)
  case record(Record)
}
