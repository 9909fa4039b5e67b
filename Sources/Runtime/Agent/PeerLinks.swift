import Mesh

/// The sending side towards every other agent: a control and a tensor socket each, and a bounded backlog where a
/// socket cannot take more now. Lives on the reactor.
final class PeerLinks {
  /// One socket and what waits for it.
  private final class Channel {
    private struct Waiting {
      var box: MessageBox
      var byteCount: Int
      var since: UInt64
    }

    private var link: Link
    private var backlog: [Waiting] = []
    private var backlogBytes = 0
    private let limits: BacklogLimits
    private var lastTaken: UInt64 = 0
    var lastUsed: UInt64 = 0

    init(_ role: SocketRole, to endpoint: Endpoint, limits: BacklogLimits) throws(SocketError) {
      link = try Link(role, to: endpoint)
      self.limits = limits
    }

    /// How long the oldest message has waited since one was last taken; nil where none waits.
    func stalled(now: UInt64) -> UInt64? {
      guard let oldest = backlog.first else { return nil }
      let since = max(oldest.since, lastTaken)
      return now > since ? now - since : 0
    }

    /// Sends, or queues within the bound; the oldest goes first where it does not fit.
    func send(_ message: consuming Message) -> Int {
      guard backlog.isEmpty else { return enqueue(message) }
      guard let refused = attempt(message) else { return 0 }
      return enqueue(refused)
    }

    private func enqueue(_ message: consuming Message) -> Int {
      let now = MonotonicClock.now()
      let byteCount = message.count
      backlog.append(Waiting(box: MessageBox(message), byteCount: byteCount, since: now))
      backlogBytes += byteCount
      var dropped = 0
      while backlog.count > 1, let oldest = backlog.first,
        backlogBytes > limits.byteCount || now > oldest.since + limits.ageNanoseconds
      {
        removeOldest()
        dropped += 1
      }
      return dropped
    }

    private func removeOldest() { backlogBytes -= backlog.removeFirst().byteCount }

    func flush() {
      while let oldest = backlog.first {
        if let message = try? oldest.box.take(), let refused = attempt(message) {
          backlog[0].box = MessageBox(refused)
          return
        }
        lastTaken = MonotonicClock.now()
        removeOldest()
      }
    }

    /// The message, where the socket does not take it now.
    private func attempt(_ message: consuming Message) -> Message? {
      do throws(SocketError) { return try link.send(message, now: MonotonicClock.now()) } catch { return nil }
    }
  }

  /// What waits for one socket at most. A control frame of a second ago would only mislead a peer that comes back.
  struct BacklogLimits {
    var byteCount: Int
    var ageNanoseconds: UInt64

    static let control = BacklogLimits(byteCount: 256 << 10, ageNanoseconds: 1_000_000_000)
    static let tensors = BacklogLimits(byteCount: 64 << 20, ageNanoseconds: 3_600_000_000_000)
  }

  /// A control socket that nothing was sent on for so long is closed.
  static let idleNanoseconds: UInt64 = 15_000_000_000
  /// Control sockets at most: anybody may have an answer sent to any address, and a process has 512 sockets in all. The
  /// one used longest ago gives way.
  private let controlSockets: Int

  private var control: [String: Channel] = [:]
  private var tensors: [AgentAddress: Channel] = [:]
  /// Where the agents that are there take tensors.
  private var tensorServices: [AgentAddress: Endpoint] = [:]
  private(set) var droppedMessages = 0

  init(controlSockets: Int = 224) { self.controlSockets = controlSockets }

  struct AgentAddress: Hashable {
    var agent: UInt64
    var low: UInt64
  }

  /// When to try again what waits; nil where nothing does. Soon, while a socket connects or its peer takes one message
  /// after another; a peer that takes nothing any more is not worth a spinning reactor.
  func retry(now: UInt64) -> UInt64? {
    let channels = [Array(control.values), Array(tensors.values)].joined()
    let waits = channels.compactMap { channel in
      channel.stalled(now: now).map { $0 < 100_000_000 ? 1_000_000 : 20_000_000 as UInt64 }
    }
    return waits.min().map { now + $0 }
  }

  /// New sockets to an agent that is there anew: what was queued towards its former start is of no use.
  func connect(_ agent: AgentAddress, address: String) {
    control[address] = nil
    tensors[agent] = nil
    tensorServices[agent] = (try? Endpoint(address)).flatMap { $0.isNumeric ? $0.service(.tensors) : nil }
    openTensors(agent)
  }

  /// Where no socket is to be had now, the next message tries again.
  private func openTensors(_ agent: AgentAddress) {
    guard let service = tensorServices[agent] else { return }
    tensors[agent] = try? Channel(.tensorSender, to: service, limits: .tensors)
  }

  func disconnect(_ agent: AgentAddress) {
    tensors[agent] = nil
    tensorServices[agent] = nil
  }

  var controlSocketCount: Int { control.count }

  func sendControl(_ message: consuming Message, address: String) {
    let now = MonotonicClock.now()
    if control[address] == nil {
      guard let service = (try? Endpoint(address))?.service(.control) else { return }
      if control.count >= controlSockets, let stalest = control.min(by: { $0.value.lastUsed < $1.value.lastUsed }) {
        control[stalest.key] = nil
      }
      control[address] = try? Channel(.controlSender, to: service, limits: .control)
    }
    guard let channel = control[address] else { return }
    channel.lastUsed = now
    droppedMessages += channel.send(message)
  }

  func sendTensor(_ message: consuming Message, to agent: AgentAddress) {
    if tensors[agent] == nil { openTensors(agent) }
    guard let channel = tensors[agent] else { return }
    droppedMessages += channel.send(message)
  }

  /// Tries again what waits, and closes what nobody uses.
  func flush() {
    for channel in control.values { channel.flush() }
    for channel in tensors.values { channel.flush() }
  }

  func closeIdle() {
    let now = MonotonicClock.now()
    let idle = control.filter { now > $0.value.lastUsed + Self.idleNanoseconds }.map(\.key)
    for address in idle { control[address] = nil }
  }
}
