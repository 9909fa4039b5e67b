import Execution
import Glibc
import Membership
import Mesh
import Plans

/// The reactor: owns the mind and the sockets, carries frames in and effects out, and never computes, never touches a
/// file, never blocks but in `poll`.
final class Reactor {
  private enum Token: Int { case clients, control, tensors, worker, storage, memory, pressure, stop }

  private let listener: Listener
  let configuration: AgentConfiguration
  let identity: AgentIdentity
  let advertised: Endpoint
  private let sealer: any FrameSealer
  let log: Log
  let startedAt: UInt64

  var mind: AgentMind
  var buffers = Buffers()
  let links = PeerLinks()
  let worker: Service<Worker.Request, Worker.Reply>
  let storage: Service<StorageWork.Request, StorageWork.Reply>
  private var work = WorkQueue()
  /// Whether the worker's credit was used up at the last try.
  private var isWorkerFull = false
  /// Work that belongs to no open attempt, or ends one; it goes first.
  private var urgent: [Worker.Request] = []
  let holdings = Holdings()
  private let stop: EventNotifier
  let memory: MemoryWatch
  private let service = ServiceNotifier.current()
  private var isLeaving = false
  private var lastHousekeeping: UInt64 = 0

  /// Messages taken from one socket before the others and the timers have their turn.
  static let messagesPerTurn = 64
  /// Work that the worker may have before it, and files' work before the storage thread.
  static let workerCredit = 8_192
  static let storageCredit = 256

  init(
    _ configuration: AgentConfiguration, identity: consuming AgentIdentity, listener: consuming Listener,
    advertised: Endpoint, sealer: any FrameSealer, log: Log, stop: EventNotifier
  ) throws {
    self.configuration = configuration
    self.sealer = sealer
    self.log = log
    self.stop = stop
    self.advertised = advertised
    startedAt = MonotonicClock.now()
    let member = try Member(
      id: identity.id, incarnation: identity.incarnation, address: advertised.description, name: configuration.name)
    var random = SystemRandomNumberGenerator()
    let now = Timestamp(nanoseconds: Int64(startedAt))
    let membership = try Membership(
      me: member, seeds: configuration.seeds.map(\.description), seed: random.next(), now: now)
    mind = AgentMind(
      membership: membership, configuration: AgentMind.Configuration(patience: configuration.patience), now: now)
    let directory = configuration.stateDirectory
    let threads = configuration.threads
    worker = try Service(name: "edgemesh-worker", capacity: Self.workerCredit, isQuiet: Worker.Reply.isQuiet) {
      let worker = Worker(threads: threads)
      return { worker.handle($0) }
    }
    storage = try Service(name: "edgemesh-store", capacity: Self.storageCredit) {
      let work = StorageWork(directory: directory)
      return { work.handle($0) }
    }
    memory = try MemoryWatch()
    self.identity = identity
    self.listener = listener
  }

  var now: Timestamp { Timestamp(nanoseconds: Int64(MonotonicClock.now())) }

  // MARK: The loop

  /// Serves until told to stop, then leaves the mesh in order.
  func run() throws {
    _ = storage.submit(.restore)
    var set = PollSet()
    try set.add(listener.clients.receiveDescriptor, token: Token.clients.rawValue)
    try set.add(listener.control.receiveDescriptor, token: Token.control.rawValue)
    try set.add(listener.tensors.receiveDescriptor, token: Token.tensors.rawValue)
    set.add(worker.notifier.descriptor, token: Token.worker.rawValue)
    set.add(storage.notifier.descriptor, token: Token.storage.rawValue)
    set.add(memory.readingDescriptor, token: Token.memory.rawValue)
    if let (descriptor, isUrgent) = memory.triggerDescriptor {
      if isUrgent {
        set.add(trigger: descriptor, token: Token.pressure.rawValue)
      } else {
        set.add(descriptor, token: Token.pressure.rawValue)
      }
    }
    set.add(stop.descriptor, token: Token.stop.rawValue)
    step(.timer)
    // Listening and asking for the mesh: that is ready. Seeds that are down are no reason to fail a unit.
    service?.ready(now: MonotonicClock.now())
    while !isLeaving {
      try set.wait(until: nextWake()) { token in
        switch Token(rawValue: token) {
        case .clients: receiveFromClients()
        case .control: receiveFrames(from: listener.control)
        case .tensors: receiveFrames(from: listener.tensors)
        case .worker: worker.notifier.acknowledge()
        case .storage: takeStorageReplies()
        case .memory: takeMemoryReading()
        case .pressure: memory.triggered(now: MonotonicClock.now())
        case .stop: isLeaving = true
        case nil: break
        }
      }
      takeWorkerReplies()
      feedWorker()
      // What was received went in first: then time passes.
      if now >= mind.nextDeadline { step(.timer) }
      links.flush()
      feedWorker()
      memory.passTime(now: MonotonicClock.now())
      keepHouse()
      tellStatus()
      log.passTime()
    }
    log.tell(.stopping(uptimeMilliseconds: uptimeMilliseconds, requestsRunning: mind.requestCount))
    service?.stopping(now: MonotonicClock.now())
    step(.leave)
    links.flush()
    log.tell(.left(uptimeMilliseconds: uptimeMilliseconds, requestsAdmitted: mind.counters.requestsAdmitted))
    worker.stop()
    storage.stop()
    memory.stop()
    log.close()
  }

  var uptimeMilliseconds: Int { Int((MonotonicClock.now() - startedAt) / 1_000_000) }

  private func tellStatus() {
    guard let service else { return }
    let now = MonotonicClock.now()
    service.updateStatus(now: now) { statusLine() }
    service.passTime(now: now)
  }

  private func nextWake() -> UInt64 {
    let next = UInt64(clamping: mind.nextDeadline.nanoseconds)
    // Sockets that could not take more now are tried again soon.
    let now = MonotonicClock.now()
    let work = isWorkerFull ? now + 1_000_000 : UInt64.max
    return min(next, work, links.retry(now: now) ?? .max, log.due ?? .max, service?.due ?? .max, memory.due ?? .max)
  }

  private func keepHouse() {
    let now = MonotonicClock.now()
    guard now > lastHousekeeping + 5_000_000_000 else { return }
    lastHousekeeping = now
    links.closeIdle()
  }

  // MARK: Receiving

  private func receiveFrames(from socket: borrowing Socket) {
    for _ in 0..<Self.messagesPerTurn {
      guard let message = next(socket) else { return }
      receive(message)
    }
  }

  private func next(_ socket: borrowing Socket) -> Message? {
    do throws(SocketError) { return try socket.receive() } catch { return nil }
  }

  private func receive(_ message: consuming Message) {
    let decoded: (frame: Frame, headerLength: Int)? = message.withUnsafeBytes { bytes in
      guard sealer.opens(bytes) else { return nil }
      return try? FrameCodec.decode(Span(_unsafeBytes: bytes))
    }
    guard let (frame, headerLength) = decoded else {
      return dropMalformed("a frame that cannot be opened or read")
    }
    var handle: BufferHandle?
    if case .chunk = frame.body {
      handle = buffers.keep(.message(MessageBox(message), payloadOffset: headerLength))
    }
    step(.frame(frame, buffer: handle))
  }

  private func receiveFromClients() {
    for _ in 0..<Self.messagesPerTurn {
      guard let routed = try? listener.clients.receiveRequest() else { return }
      switch consume routed {
      case .none: return
      case .malformed: dropMalformed("a client's message without a way back")
      case .message(let routed):
        let path = routed.header
        receive(routed.takeMessage(), from: path)
      }
    }
  }

  private func receive(_ message: consuming Message, from path: ReturnPath) {
    let route = ClientRoute(UInt64(path.connection) << 32 | UInt64(path.request))
    if message.withUnsafeBytes({ AdminCodec.isAdmin($0) }) {
      administrate(message.bytes(), path)
      return
    }
    let decoded: (frame: ClientFrame, headerLength: Int)? = message.withUnsafeBytes {
      try? ClientCodec.decodeFrame(Span(_unsafeBytes: $0))
    }
    guard let (frame, headerLength) = decoded else {
      return dropMalformed("a client's frame that cannot be read")
    }
    var handle: BufferHandle?
    if case .input = frame { handle = buffers.keep(.message(MessageBox(message), payloadOffset: headerLength)) }
    step(.client(frame, route: route, buffer: handle))
  }

  func dropMalformed(_ what: String) {
    mind.countMalformedFrame()
    log.tell(.frameDropped(what))
  }

  // MARK: Effects

  func step(_ input: Input) {
    for effect in mind.step(input, now: now) { carryOut(effect) }
  }

  private func carryOut(_ effect: Mesh.Effect) {
    switch effect {
    case .send(let frame, let payload, let agent):
      guard let message = try? buffers.message(FrameCodec.encode(frame), payload) else { return }
      links.sendTensor(message, to: PeerLinks.AgentAddress(agent))
    case .sendControl(let frame, let address):
      guard let message = try? Message(FrameCodec.encode(frame)) else { return }
      links.sendControl(message, address: address)
    case .reply(let reply, let payload, let route):
      guard let message = try? buffers.message(ClientCodec.encode(reply), payload) else { return }
      self.reply(message, to: ReturnPath(route))
    case .open(let attempt, let plan, let deadline):
      work.open(attempt, deadline: deadline)
      work.add(.open(attempt, plan), for: attempt)
    case .placeInput(let attempt, let input, let offset, let handle):
      guard case .message(let box, let start) = buffers.take(handle) else { return }
      work.add(.placeInput(attempt, input: input, offset: offset, box, payloadOffset: start), for: attempt)
    case .place(let attempt, let unit, let holder, let offset, let handle):
      guard case .message(let box, let start) = buffers.take(handle),
        let rows = mind.rows(of: unit, heldBy: holder, in: attempt)
      else { return }
      work.add(
        .place(attempt, stage: unit.stage, rows: rows, offset: offset, box, payloadOffset: start), for: attempt)
    case .fill(let attempt, let stage, _, let rows, let fill):
      work.add(.fill(attempt, stage: stage, rows: rows, fill), for: attempt)
    case .compute(let attempt, let unit, let placing):
      work.add(.compute(attempt, unit, placing: placing), for: attempt)
    case .computeTail(let attempt): work.add(.computeTail(attempt), for: attempt)
    case .close(let attempt):
      work.close(attempt)
      urgent.append(.close(attempt))
    case .release(let handle): buffers.take(handle)
    case .connect(let agent, let address, _):
      links.connect(PeerLinks.AgentAddress(agent), address: address)
    case .disconnect(let agent): links.disconnect(PeerLinks.AgentAddress(agent))
    case .record(let record): log.tell(record)
    }
  }

  func reply(_ message: consuming Message, to path: ReturnPath) {
    // A client that has gone is no error; what must arrive is repeated until acknowledged.
    try? listener.clients.reply(message, to: path)
  }

  /// Hands the worker what belongs to no open attempt: a plan's program, an attempt's end.
  func submit(_ request: Worker.Request) { urgent.append(request) }

  /// Gives the worker what is next, as far as its credit goes.
  private func feedWorker() {
    isWorkerFull = false
    while let request = urgent.first {
      if worker.submit(request) != nil {
        isWorkerFull = true
        return
      }
      urgent.removeFirst()
    }
    while let request = work.next {
      if worker.submit(request) != nil {
        isWorkerFull = true
        return
      }
      work.take()
    }
  }

  // MARK: The other threads' results

  private func takeWorkerReplies() {
    while let reply = worker.takeReply() {
      if reply.endsCompute { work.finishedCompute() }
      switch reply {
      case .nothing, .inVain: break
      case .placed(let attempt, let microseconds): step(.placed(attempt, microseconds: microseconds))
      case .computed(let attempt, let unit, let slice, let microseconds):
        let handle = buffers.keep(.slice(slice))
        step(.computed(attempt, unit, buffer: handle, microseconds: microseconds))
      case .tail(let attempt, let output, let microseconds):
        let handle = buffers.keep(.output(output))
        step(.tailComputed(attempt, buffer: handle, microseconds: microseconds))
      case .failed(let attempt, let reason, _): step(.computeFailed(attempt, reason: reason))
      }
    }
  }

  private func takeMemoryReading() {
    memory.take { pressure, change in
      step(.memory(pressure))
      guard let change else { return }
      let held = MemoryHeld(
        weightsBytes: holdings.weightsBytes, requestsRunning: mind.requestCount, requestsBytes: mind.requestBytes)
      log.tell(.memoryPressure(change, held))
    }
  }

  private func takeStorageReplies() {
    storage.notifier.acknowledge()
    while let reply = storage.takeReply() { stored(reply) }
  }
}

extension PeerLinks.AgentAddress {
  init(_ agent: AgentID) { self.init(agent: agent.high, low: agent.low) }
}

extension ReturnPath {
  init(_ route: ClientRoute) {
    self.init(
      connection: UInt32(truncatingIfNeeded: route.number >> 32), request: UInt32(truncatingIfNeeded: route.number))
  }
}
