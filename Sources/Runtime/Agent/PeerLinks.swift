import Mesh

/// The sending side towards every other agent: a control and a tensor socket each, and a bounded backlog where a
/// socket cannot take more now. Lives on the reactor.
final class PeerLinks {
  /// One socket and what waits for it.
  private final class Channel {
    private var link: Link
    var backlog: [MessageBox] = []
    var backlogBytes = 0
    let byteLimit: Int
    var lastUsed: UInt64 = 0

    init(_ role: SocketRole, to endpoint: Endpoint, byteLimit: Int) throws(SocketError) {
      link = try Link(role, to: endpoint)
      self.byteLimit = byteLimit
    }

    /// Sends, or queues within the bound; the oldest goes first where it does not fit.
    func send(_ message: consuming Message) -> Int {
      guard backlog.isEmpty else { return enqueue(MessageBox(message)) }
      guard let refused = attempt(message) else { return 0 }
      return enqueue(MessageBox(refused))
    }

    private func enqueue(_ box: MessageBox) -> Int {
      backlog.append(box)
      backlogBytes += box.withUnsafeBytes { $0.count }
      var dropped = 0
      while backlogBytes > byteLimit, backlog.count > 1 {
        backlogBytes -= backlog.removeFirst().withUnsafeBytes { $0.count }
        dropped += 1
      }
      return dropped
    }

    func flush() {
      while let box = backlog.first {
        let size = box.withUnsafeBytes { $0.count }
        guard let message = try? box.take() else {
          backlog.removeFirst()
          continue
        }
        if let refused = attempt(message) {
          backlog[0] = MessageBox(refused)
          return
        }
        backlogBytes -= size
        backlog.removeFirst()
      }
    }

    /// The message, where the socket does not take it now.
    private func attempt(_ message: consuming Message) -> Message? {
      do throws(SocketError) { return try link.send(message, now: MonotonicClock.now()) } catch { return nil }
    }
  }

  static let controlBacklogBytes = 256 << 10
  static let tensorBacklogBytes = 64 << 20
  /// A control socket that nothing was sent on for so long is closed.
  static let idleNanoseconds: UInt64 = 15_000_000_000

  private var control: [String: Channel] = [:]
  private var tensors: [AgentAddress: Channel] = [:]
  private(set) var droppedMessages = 0

  struct AgentAddress: Hashable {
    var agent: UInt64
    var low: UInt64
  }

  var hasBacklog: Bool {
    control.values.contains { !$0.backlog.isEmpty } || tensors.values.contains { !$0.backlog.isEmpty }
  }

  /// New sockets to an agent that is there anew: what was queued towards its former start is of no use.
  func connect(_ agent: AgentAddress, address: String) {
    control[address] = nil
    tensors[agent] = nil
    guard let endpoint = try? Endpoint(address) else { return }
    if let service = endpoint.service(.tensors) {
      tensors[agent] = try? Channel(.tensorSender, to: service, byteLimit: Self.tensorBacklogBytes)
    }
  }

  func disconnect(_ agent: AgentAddress) { tensors[agent] = nil }

  func sendControl(_ message: consuming Message, address: String) {
    let now = MonotonicClock.now()
    if control[address] == nil {
      guard let service = (try? Endpoint(address))?.service(.control) else { return }
      control[address] = try? Channel(.controlSender, to: service, byteLimit: Self.controlBacklogBytes)
    }
    guard let channel = control[address] else { return }
    channel.lastUsed = now
    droppedMessages += channel.send(message)
  }

  func sendTensor(_ message: consuming Message, to agent: AgentAddress) {
    guard let channel = tensors[agent] else { return }
    droppedMessages += channel.send(message)
  }

  /// Tries again what waits, and closes what nobody uses.
  func flush() {
    for channel in control.values where !channel.backlog.isEmpty { channel.flush() }
    for channel in tensors.values where !channel.backlog.isEmpty { channel.flush() }
  }

  func closeIdle() {
    let now = MonotonicClock.now()
    let idle = control.filter { now > $0.value.lastUsed + Self.idleNanoseconds }.map(\.key)
    for address in idle { control[address] = nil }
  }
}
