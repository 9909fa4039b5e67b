import Glibc
import Mesh

/// The reactor's side of watching memory: asks for a reading each second and when the trigger fires, and feeds the monitor
/// with what comes back. The reading itself is done on a thread of its own, one at a time.
final class MemoryWatch {
  /// Asks for one reading.
  struct Request: Sendable {}

  private let service: Service<Request, MemoryReading>
  private let trigger: PressureTrigger?
  private(set) var monitor = PressureMonitor(pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  private var isReading = false
  private var next: UInt64 = 0

  init() throws(ServiceError) {
    let files = MemoryFiles()
    trigger = PressureTrigger.find(ownStalls: MemoryFiles.ownStalls(files.groups))
    service = try Service(name: "edgemesh-memory", capacity: 1) { { _ in files.read() } }
  }

  /// Polls readable when a reading has come.
  var readingDescriptor: Int32 { service.notifier.descriptor }

  /// What fires as soon as tasks wait for memory too long; nil where there is no such thing here.
  var triggerDescriptor: (descriptor: Int32, isUrgent: Bool)? {
    switch trigger {
    case .some(let trigger): (trigger.descriptor, trigger.isUrgent)
    case .none: nil
    }
  }

  /// What triggers readings beside the clock, for `edgemesh status`.
  var triggerName: String {
    switch trigger {
    case .some(let trigger): trigger.kind.rawValue
    case .none: "none"
    }
  }

  /// When `passTime` is due.
  var due: UInt64? { isReading ? nil : next }

  func triggered(now: UInt64) {
    switch trigger {
    case .some(let trigger): trigger.acknowledge()
    case .none: break
    }
    next = now
  }

  func passTime(now: UInt64) {
    guard !isReading, now >= next else { return }
    next = now + UInt64(PressureLimits.sampleMilliseconds) * 1_000_000
    isReading = service.submit(Request()) == nil
  }

  /// Takes the reading that has come; what it changes.
  func take(_ body: (MemoryPressure, PressureChange?) -> Void) {
    service.notifier.acknowledge()
    while let reading = service.takeReply() {
      isReading = false
      let change = monitor.feed(reading)
      body(monitor.pressure, change)
    }
  }

  func stop() { service.stop() }
}

extension PressureMonitor {
  /// What the mind is told.
  var pressure: MemoryPressure {
    var belowLimit: Int?
    if let limit = figures.limitBytes, let used = figures.limitUsedBytes { belowLimit = max(0, limit - used) }
    return MemoryPressure(
      level: level, bytesBelowLimit: belowLimit, machineAvailableBytes: figures.machineAvailableBytes)
  }
}
