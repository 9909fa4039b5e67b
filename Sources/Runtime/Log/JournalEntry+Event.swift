import Membership
import Mesh

// The one place where what happened becomes an entry.
extension AgentEvent {
  /// The kind of entry that tells it.
  var message: JournalMessage {
    switch self {
    case .started: .started
    case .stopping: .stopping
    case .left: .left
    case .planInstalled: .planInstalled
    case .planReady: .planReady
    case .planFailed: .planFailed
    case .planDropped: .planDropped
    case .memoryPressure: .memoryPressure
    case .entriesLost: .entriesLost
    case .record(let record): record.message
    }
  }

  var entry: JournalEntry {
    var entry = JournalEntry(message, text, priority: priority)
    switch self {
    case .record(let record): record.addFields(to: &entry)
    case .started(let origin, let address, let directory):
      entry.add(.address, address)
      entry.add(.origin, origin.rawValue)
      entry.add(.stateDirectory, directory)
    case .stopping(let uptime, let running):
      entry.add(.uptimeMilliseconds, uptime)
      entry.add(.requestsRunning, running)
    case .left(let uptime, let admitted):
      entry.add(.uptimeMilliseconds, uptime)
      entry.add(.requestsAdmitted, admitted)
    case .planInstalled(let adoption): entry.add(adoption)
    case .planReady(let adoption, let network, let bytes):
      entry.add(adoption, of: network)
      entry.add(.weightsBytes, bytes)
    case .planFailed(let adoption, let reason):
      entry.add(adoption)
      entry.add(.reason, reason)
    case .planDropped(let adoption, let network): entry.add(adoption, of: network)
    case .memoryPressure(let change, let held): entry.add(change, held)
    case .entriesLost(let count): entry.add(.count, count)
    }
    return entry
  }

  private var priority: LogPriority? {
    guard case .memoryPressure(let change, _) = self else { return nil }
    return switch change.to {
    case .none: .notice
    case .some: .info
    case .high: .warning
    case .critical: .error
    }
  }

  private var text: String {
    switch self {
    case .record(let record): record.text
    case .started(_, let address, _): "started, listening on \(address)"
    case .stopping: "stopping: told to"
    case .left(let uptime, let admitted):
      "left the mesh in order after \(uptime / 1_000) s and \(admitted) requests"
    case .planInstalled(let adoption): "took \(adoption.words), and loads its shard"
    case .planReady(let adoption, let network, _): "is ready for \(adoption.words) of network \(network)"
    case .planFailed(let adoption, let reason): "could not load \(adoption.words): \(reason)"
    case .planDropped(let adoption, _): "gave up \(adoption.words): newer plans have taken its place"
    case .memoryPressure(let change, let held): change.words(held)
    case .entriesLost(let count): "\(count) log entries were lost: the journal or standard error did not keep up"
    }
  }
}

extension Adoption {
  /// For people: the plan by the first digits of its digest.
  fileprivate var words: String { "seat \(seat) of plan \(plan.description.prefix(8)), generation \(generation)" }
}

extension JournalEntry {
  fileprivate mutating func add(_ adoption: Adoption, of network: String? = nil) {
    if let network { add(.network, network) }
    add(.plan, adoption.plan.description)
    add(.generation, adoption.generation)
    add(.seat, adoption.seat)
  }

  fileprivate mutating func add(_ change: PressureChange, _ held: MemoryHeld) {
    let figures = change.figures
    add(.level, change.to.description)
    add(.levelBefore, change.from.description)
    add(.cause, change.cause.rawValue)
    add(.scope, figures.scope.rawValue)
    add(.windowMilliseconds, figures.windowMilliseconds)
    add(.someStalledMilliseconds, figures.someStalledMilliseconds)
    add(.fullStalledMilliseconds, figures.fullStalledMilliseconds)
    add(.someAverage, PressureFigures.percent(figures.someAverage))
    add(.fullAverage, PressureFigures.percent(figures.fullAverage))
    add(.limitUsedBytes, figures.limitUsedBytes)
    add(.limitHighBytes, figures.limitHighBytes)
    add(.limitMaxBytes, figures.limitMaxBytes)
    add(.machineAvailableBytes, figures.machineAvailableBytes)
    add(.machineTotalBytes, figures.machineTotalBytes)
    add(.residentBytes, figures.residentBytes)
    add(.fileRefaults, figures.fileRefaults)
    add(.swapRefaults, figures.swapRefaults)
    add(.majorFaults, figures.majorFaults)
    add(.weightsBytes, held.weightsBytes)
    add(.requestsRunning, held.requestsRunning)
    add(.requestsBytes, held.requestsBytes)
  }
}
