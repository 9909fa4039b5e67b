import Membership

/// A pretend LAN under a virtual clock: the machines are real `Membership`s, everything else is drawn from one seed.
struct Simulator {
  struct Options {
    var settings = Settings.standard
    var delay = TimeSpan.microseconds(200)
    /// Added to `delay`, uniformly.
    var jitter = TimeSpan.microseconds(1_800)
    var loss = 0.0
    /// Every tick comes up to this late.
    var tickLateness = TimeSpan.milliseconds(1)
    /// Whether peers' sockets notice a crash, after 1 ms.
    var crashesDisconnect = false
  }

  struct Machine {
    let id: AgentID
    var address: String
    let seeds: [String]
    var incarnation: UInt64
    var mind: Membership?
    var pausedUntil = Timestamp.zero
    var tickAt = Timestamp.distantFuture
    /// Machines of different sides do not hear each other.
    var side = 0
    /// Sends, and receives nothing.
    var isDeaf = false
    /// What it receives takes so much longer.
    var lag = TimeSpan.zero
    /// Machines from which nothing arrives here.
    var unheard: [Int] = []
    var sent = 0
  }

  struct Change {
    let at: Timestamp
    let machine: Int
    let member: Member
    let was: Member?
  }

  struct Note {
    let at: Timestamp
    let machine: Int
    let effect: Effect
  }

  private enum Occurrence {
    case tick(Int)
    case delivery(Message, from: Sender, sender: Int, to: Int)
    case disconnection(Int, of: AgentID)
  }

  let seed: UInt64
  var options: Options
  var machines: [Machine] = []
  var now = Timestamp.zero
  var changes: [Change] = []
  /// Effects besides messages and changes.
  var notes: [Note] = []
  var bytesMax = 0
  var messages = 0
  private var generator: SeededGenerator
  private var events = Heap()
  /// Who listens at an address; looked up, never iterated.
  private var listeners: [String: [Int]] = [:]

  init(seed: UInt64, options: Options = Options()) {
    self.seed = seed
    self.options = options
    generator = SeededGenerator(seed: seed)
  }

  /// A mesh of `count` machines that all know the first one's address (and their own), started within 20 ms and run
  /// until their views agree.
  init(seed: UInt64, count: Int, options: Options = Options()) {
    self.init(seed: seed, options: options)
    for index in 0..<count { add(seeds: [Simulator.address(0), Simulator.address(index)]) }
    for index in 0..<count {
      run(for: TimeSpan(nanoseconds: Int64(generator.below(20_000_000 / count + 1))))
      start(index)
    }
  }

  static func address(_ index: Int) -> String { "10.0.\(index / 256).\(index % 256):7000" }

  static func id(_ index: Int) -> AgentID {
    // Not in the order of the machines, so that nothing depends on it.
    var state = UInt64(index)
    return AgentID(high: SeededGenerator.splitMix(&state), low: UInt64(index))
  }

  // MARK: Machines

  mutating func add(id: AgentID? = nil, address: String? = nil, seeds: [String], incarnation: UInt64 = 0) {
    let index = machines.count
    machines.append(
      Machine(
        id: id ?? Simulator.id(index), address: address ?? Simulator.address(index), seeds: seeds,
        incarnation: incarnation))
    listeners[machines[index].address, default: []].append(index)
  }

  /// Gives a stopped machine another address for its next start.
  mutating func move(_ index: Int, to address: String) {
    listeners[machines[index].address]?.removeAll { $0 == index }
    machines[index].address = address
    listeners[address, default: []].append(index)
  }

  /// Starts, or restarts, a machine under its next incarnation.
  mutating func start(_ index: Int, seeds: [String]? = nil, keepIncarnation: Bool = false) {
    if !keepIncarnation { machines[index].incarnation += 1 }
    let machine = machines[index]
    guard
      let me = try? Member(
        id: machine.id, incarnation: machine.incarnation, address: machine.address, name: "board-\(index)"),
      let mind = try? Membership(
        me: me, seeds: seeds ?? machine.seeds, settings: options.settings, seed: generator.next(), now: now)
    else { return }
    machines[index].mind = mind
    machines[index].pausedUntil = .zero
    schedule(index)
  }

  mutating func crash(_ index: Int) {
    machines[index].mind = nil
    machines[index].tickAt = .distantFuture
    guard options.crashesDisconnect else { return }
    let id = machines[index].id
    for other in machines.indices where other != index && machines[other].mind != nil {
      events.push(at: now + .milliseconds(1), .disconnection(other, of: id))
    }
  }

  mutating func pause(_ index: Int, for span: TimeSpan) {
    machines[index].pausedUntil = now + span
  }

  mutating func updatePayload(_ index: Int, _ payload: [UInt8]) {
    guard let effects = try? machines[index].mind?.updatePayload(payload, at: now) else { return }
    perform(effects, by: index)
  }

  mutating func leave(_ index: Int) {
    guard let effects = machines[index].mind?.leave(at: now) else { return }
    perform(effects, by: index)
  }

  mutating func disconnect(_ index: Int, from other: Int) {
    let id = machines[other].id
    guard let effects = machines[index].mind?.step(.disconnected(id), at: now) else { return }
    perform(effects, by: index)
  }

  /// Hands a message to a machine as if an authentic frame had carried it.
  mutating func inject(_ message: Message, from sender: Sender, to index: Int) {
    guard let effects = machines[index].mind?.step(.received(message, from: sender), at: now) else { return }
    perform(effects, by: index)
  }

  // MARK: Running

  mutating func run(for span: TimeSpan) {
    run(until: now + span)
  }

  mutating func run(until end: Timestamp) {
    while let at = events.firstTime, at <= end, let occurrence = events.pop() {
      now = max(now, at)
      handle(occurrence)
    }
    now = max(now, end)
  }

  /// Runs in steps of `grain` until `condition` holds, at most for `limit`. Returns how long it took, or nil.
  mutating func run(
    atMost limit: TimeSpan, grain: TimeSpan = .milliseconds(1), until condition: (Simulator) -> Bool
  ) -> TimeSpan? {
    let start = now
    while now - start <= limit {
      if condition(self) { return now - start }
      run(for: grain)
    }
    return nil
  }

  private mutating func handle(_ occurrence: Occurrence) {
    let index =
      switch occurrence {
      case .tick(let machine), .delivery(_, _, _, let machine), .disconnection(let machine, _): machine
      }
    guard machines[index].mind != nil else { return }
    if machines[index].pausedUntil > now {
      events.push(at: machines[index].pausedUntil, occurrence)
      return
    }
    let event: Event
    switch occurrence {
    case .tick:
      guard machines[index].tickAt <= now else { return }
      machines[index].tickAt = .distantFuture
      event = .tick
    case .delivery(let message, let from, let sender, _):
      guard machines[sender].side == machines[index].side, !machines[index].isDeaf else { return }
      guard !machines[index].unheard.contains(sender) else { return }
      event = .received(message, from: from)
    case .disconnection(_, let id): event = .disconnected(id)
    }
    guard let effects = machines[index].mind?.step(event, at: now) else { return }
    perform(effects, by: index)
  }

  private mutating func perform(_ effects: [Effect], by index: Int) {
    let sender = Sender(id: machines[index].id, incarnation: machines[index].incarnation)
    for effect in effects {
      switch effect {
      case .send(let message, let destination):
        machines[index].sent += 1
        messages += 1
        if case .view = message {} else { bytesMax = max(bytesMax, message.bytesBound) }
        guard options.loss == 0 || generator.unit() >= options.loss else { continue }
        let jitter = TimeSpan(nanoseconds: Int64(generator.below(Int(options.jitter.nanoseconds) + 1)))
        for receiver in listeners[destination.address] ?? [] {
          events.push(
            at: now + options.delay + jitter + machines[receiver].lag,
            .delivery(message, from: sender, sender: index, to: receiver))
        }
      case .changed(let member, let was):
        changes.append(Change(at: now, machine: index, member: member, was: was))
      default: notes.append(Note(at: now, machine: index, effect: effect))
      }
    }
    schedule(index)
  }

  private mutating func schedule(_ index: Int) {
    guard let deadline = machines[index].mind?.nextDeadline, deadline < .distantFuture else { return }
    guard deadline < machines[index].tickAt || machines[index].tickAt <= now else { return }
    let lateness = TimeSpan(nanoseconds: Int64(generator.below(Int(options.tickLateness.nanoseconds) + 1)))
    machines[index].tickAt = deadline
    events.push(at: max(now, deadline) + lateness, .tick(index))
  }

  // MARK: What holds

  var running: [Int] { machines.indices.filter { machines[$0].mind?.standing == .active } }

  /// All running machines see the same members in the same incarnations, and exactly the running ones.
  var isConverged: Bool {
    let minds = running.compactMap { machines[$0].mind }
    guard let first = minds.first else { return true }
    return minds.allSatisfy { $0.digest == first.digest && $0.presentCount == minds.count }
  }

  func state(of index: Int, at observer: Int) -> Member.State? {
    machines[observer].mind?.member(machines[index].id)?.state
  }

  /// Every running machine but itself holds `index` to be in `state`.
  func all(hold state: Member.State, of index: Int) -> Bool {
    running.allSatisfy { $0 == index || self.state(of: index, at: $0) == state }
  }

  /// Deaths that anyone held, of any member, since `start`.
  func deaths(since start: Timestamp = .zero) -> [Change] {
    changes.filter { $0.at >= start && $0.member.state == .dead && $0.was?.state != .dead }
  }

  // MARK: The queue of events

  /// A binary heap by (time, order of insertion).
  private struct Heap {
    private struct Item {
      let at: Timestamp
      let serial: UInt64
      let occurrence: Occurrence
      static func < (a: Item, b: Item) -> Bool { a.at == b.at ? a.serial < b.serial : a.at < b.at }
    }
    private var items: [Item] = []
    private var serial: UInt64 = 0

    var firstTime: Timestamp? { items.first?.at }

    mutating func push(at time: Timestamp, _ occurrence: Occurrence) {
      serial += 1
      items.append(Item(at: time, serial: serial, occurrence: occurrence))
      var child = items.count - 1
      while child > 0, items[child] < items[(child - 1) / 2] {
        items.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    }

    mutating func pop() -> Occurrence? {
      guard let first = items.first, let last = items.popLast() else { return nil }
      guard !items.isEmpty else { return first.occurrence }
      items[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child] < items[least] {
          least = child
        }
        if least == parent { break }
        items.swapAt(parent, least)
        parent = least
      }
      return first.occurrence
    }
  }
}
