import Glibc
import Membership
public import Mesh
public import Tensors

/// Streams inference requests to a mesh: submits them to one gateway, follows to the next one when it dies, and gives
/// each request's one terminal outcome. To be used from one thread.
public final class InferenceClient {
  /// How a request ended.
  public struct Answer: Sendable {
    public let id: RequestID
    public let outcome: Outcome
    /// The network's outputs, in its order; empty where the outcome has none.
    public let outputs: [[Float]]
    public let report: ClientSession.Report
  }

  /// Told when the gateway is given up for another.
  public var onGatewayChange: ((_ from: String, _ to: String) -> Void)?

  private var session: ClientSession
  private var sockets: [String: GatewaySocket] = [:]
  /// Gateways that fell silent; their sockets stay open for a late answer.
  private var givenUp: Set<String> = []
  private var inputs: [RequestID: [Tensor]] = [:]
  private var parts: [BufferHandle: [UInt8]] = [:]
  private var nextPart: UInt64 = 1
  private var answers: [Answer] = []

  /// A client of the agents at `gateways` (base ports), the first of which is asked first. `plan` is the plan that the
  /// inputs were made for; nil takes the newest.
  public init(gateways: [Endpoint], plan: PlanDigest?) throws {
    var random = SystemRandomNumberGenerator()
    session = ClientSession(
      client: random.next(), gateways: gateways.map(\.description), plan: plan, now: Self.now)
    for gateway in gateways { sockets[gateway.description] = try GatewaySocket(gateway) }
  }

  /// Requests whose answers `next` has not given yet.
  public var inFlight: Int { session.inFlight + answers.count }

  private static var now: Timestamp { Timestamp(nanoseconds: Int64(MonotonicClock.now())) }

  /// Sends a request. Its inputs are the network's, in its order.
  public func submit(inputs tensors: [Tensor], deadlineMilliseconds: Int) throws -> RequestID {
    let bytes = tensors.map { $0.count * MemoryLayout<Float>.stride }
    let (id, effects) = session.submit(inputBytes: bytes, deadlineMilliseconds: deadlineMilliseconds, now: Self.now)
    inputs[id] = tensors
    carryOut(effects)
    return id
  }

  /// The next request to end; nil where none does within the time given, or before `descriptor` becomes readable.
  public func next(timeoutMilliseconds: Int, orUntilReadable descriptor: Int32? = nil) throws -> Answer? {
    let end = MonotonicClock.now() + UInt64(max(0, timeoutMilliseconds)) * 1_000_000
    while answers.isEmpty {
      receiveAll()
      if let due = session.nextDeadline, Self.now >= due { carryOut(session.timer(now: Self.now)) }
      for socket in sockets.values { socket.flush() }
      guard answers.isEmpty else { break }
      let now = MonotonicClock.now()
      guard now < end else { return nil }
      let due = min(end, session.nextDeadline.map { UInt64(clamping: $0.nanoseconds) } ?? end)
      if try wait(until: due, orUntilReadable: descriptor) {
        receiveAll()
        break
      }
    }
    return answers.isEmpty ? nil : answers.removeFirst()
  }

  /// Returns whether `descriptor` became readable.
  private func wait(until deadline: UInt64, orUntilReadable descriptor: Int32?) throws -> Bool {
    var set = PollSet()
    if let descriptor { set.add(descriptor, token: -1) }
    for (index, address) in sockets.keys.sorted().enumerated() {
      if let socket = sockets[address] { set.add(socket.descriptor, token: index) }
    }
    let isWaiting = sockets.values.contains { $0.hasBacklog }
    let limit = isWaiting ? min(deadline, MonotonicClock.now() + 2_000_000) : deadline
    var isReadable = false
    try set.wait(until: limit) { if $0 == -1 { isReadable = true } }
    return isReadable
  }

  private func receiveAll() {
    for address in sockets.keys.sorted() {
      while let message = sockets[address]?.receive() {
        let decoded: (ClientReply, [UInt8])? = message.withUnsafeBytes { bytes in
          guard let (reply, length) = try? ClientCodec.decodeReply(Span(_unsafeBytes: bytes)) else { return nil }
          return (reply, Array(bytes[length...]))
        }
        guard let (reply, payload) = decoded else { continue }
        var handle: BufferHandle?
        if !payload.isEmpty {
          let part = BufferHandle(nextPart)
          nextPart += 1
          parts[part] = payload
          handle = part
        }
        carryOut(session.receive(reply, from: address, buffer: handle, now: Self.now))
      }
    }
  }

  private func carryOut(_ effects: [ClientSession.Effect]) {
    for effect in effects {
      switch effect {
      case .send(let frame, let range, let address): send(frame, range, address)
      case .deliver(let id, let outcome, let handles, let outputBytes, let report):
        deliver(id, outcome, handles, outputBytes, report)
      case .release(let handle): parts[handle] = nil
      case .gatewayChanged(let from, let to):
        sockets[from]?.clearBacklog()
        givenUp.insert(from)
        // A connection can look alive and carry nothing for ever: who is asked again is connected to anew.
        if givenUp.remove(to) != nil { sockets[to] = nil }
        onGatewayChange?(from, to)
      }
    }
  }

  private func send(_ frame: ClientFrame, _ range: ClientSession.InputRange?, _ address: String) {
    if sockets[address] == nil, let endpoint = try? Endpoint(address) {
      sockets[address] = try? GatewaySocket(endpoint)
    }
    guard let socket = sockets[address] else { return }
    let header = ClientCodec.encode(frame)
    guard let range else {
      if let message = try? Message(header) { socket.send(message) }
      return
    }
    guard let id = frame.request, let tensor = inputs[id]?[range.input] else { return }
    let box: MessageBox? = tensor.withUnsafeBufferPointer { elements in
      let bytes = UnsafeRawBufferPointer(elements)[range.offset..<range.offset + range.length]
      return header.withUnsafeBytes { header in
        do throws(SocketError) {
          return MessageBox(try Message(header: header, payload: UnsafeRawBufferPointer(rebasing: bytes)))
        } catch {
          return nil
        }
      }
    }
    if let message = try? box?.take() { socket.send(message) }
  }

  private func deliver(
    _ id: RequestID, _ outcome: Outcome, _ handles: [BufferHandle], _ outputBytes: [Int],
    _ report: ClientSession.Report
  ) {
    inputs[id] = nil
    var bytes: [UInt8] = []
    for handle in handles { bytes += parts.removeValue(forKey: handle) ?? [] }
    var outputs: [[Float]] = []
    var offset = 0
    for count in outputBytes {
      outputs.append(
        bytes.withUnsafeBytes { raw in
          (0..<count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: offset + 4 * $0, as: UInt32.self)) }
        })
      offset += count
    }
    answers.append(Answer(id: id, outcome: outcome, outputs: outputs, report: report))
  }
}

extension ClientFrame {
  /// The request that an input chunk belongs to.
  fileprivate var request: RequestID? {
    if case .input(let chunk) = self { chunk.request } else { nil }
  }
}
