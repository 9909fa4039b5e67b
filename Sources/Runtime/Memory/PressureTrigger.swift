import Glibc

/// A descriptor that the kernel marks as soon as tasks have waited for memory too long, so that the agent need not wait
/// for the next reading.
///
/// Looked for in this order: where the service manager says (`$MEMORY_PRESSURE_WATCH`), this process's own control
/// group, the machine. What the unit's hardening forbids falls through to the next; without any, readings each second
/// are all there is.
struct PressureTrigger: ~Copyable {
  enum Kind: String, Sendable {
    case serviceManager = "service-manager"
    case cgroup
    case machine
  }

  let kind: Kind
  let descriptor: Int32
  /// Whether the descriptor is marked by urgent data (a pressure file) or by plain data (a FIFO).
  let isUrgent: Bool

  private init(kind: Kind, descriptor: Int32, isUrgent: Bool) {
    self.kind = kind
    self.descriptor = descriptor
    self.isUrgent = isUrgent
  }

  deinit { close(descriptor) }

  /// The first that can be had; nil where there is none, or where the service manager asks not to watch (`/dev/null`).
  static func find(
    watch: String? = Environment["MEMORY_PRESSURE_WATCH"], write: String? = Environment["MEMORY_PRESSURE_WRITE"],
    ownStalls: String?, machineStalls: String = MemoryFiles.machineStalls
  ) -> PressureTrigger? {
    if watch == "/dev/null" { return nil }
    let trigger = Array(PressureLimits.trigger.utf8) + [0]
    if let watch, watch.hasPrefix("/") {
      let bytes = write.map { decodedBase64($0) ?? trigger } ?? []
      if let found = open(watch, as: .serviceManager, writing: bytes) { return found }
    }
    if let ownStalls, let found = open(ownStalls, as: .cgroup, writing: trigger) { return found }
    return open(machineStalls, as: .machine, writing: trigger)
  }

  private static func open(_ path: String, as kind: Kind, writing bytes: [UInt8]) -> PressureTrigger? {
    let mode = bytes.isEmpty ? O_RDONLY : O_RDWR
    let descriptor = Glibc.open(path, mode | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let type = status.st_mode & S_IFMT
    guard isKnown, type == S_IFREG || type == S_IFIFO,
      bytes.isEmpty || Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    else {
      close(descriptor)
      return nil
    }
    return PressureTrigger(kind: kind, descriptor: descriptor, isUrgent: type == S_IFREG)
  }

  /// Takes note, so that a FIFO does not stay marked. A pressure file is unmarked by being polled.
  borrowing func acknowledge() {
    guard !isUrgent else { return }
    var buffer = [UInt8](repeating: 0, count: 256)
    while read(descriptor, &buffer, buffer.count) == buffer.count {}
  }

  /// The bytes of a Base64 text; nil where it is none, or longer than any trigger.
  static func decodedBase64(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= 1_024, text.utf8.count % 4 == 0 else { return nil }
    let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for digit in text.utf8.dropLast(padding) {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = bits << 6 & 0xFFFFFF | UInt32(value)
      count += 1
      if count % 4 != 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32((3 - (count - 1) % 4) * 2))) }
    }
    return bytes
  }
}
