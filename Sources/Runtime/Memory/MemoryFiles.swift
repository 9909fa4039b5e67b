import Glibc

/// Where this machine tells of memory, and a reading of it all. Reading may wait when memory is short (the kernel needs
/// some for it), so it is done on a thread of its own.
struct MemoryFiles: Sendable {
  let groups: ControlGroups
  /// The pressure file, and whose it is; nil where there is none.
  let stalls: (path: String, scope: PressureFigures.Scope)?

  static let machineStalls = "/proc/pressure/memory"

  /// Looks for this process's own control group, else for the machine's figures.
  init() {
    let cgroup = KernelFile.text("/proc/self/cgroup") ?? ""
    let mountinfo = KernelFile.text("/proc/self/mountinfo", limit: 4 << 20) ?? ""
    self.init(groups: ControlGroups(cgroup: cgroup, mountinfo: mountinfo))
  }

  init(groups: ControlGroups) {
    self.groups = groups
    if let own = Self.ownStalls(groups) {
      stalls = (own, .cgroup)
    } else {
      stalls = Self.isStallFile(Self.machineStalls) ? (Self.machineStalls, .machine) : nil
    }
  }

  /// The pressure file of this process's own group. The hierarchy's root has no `cgroup.type`: it is the machine.
  static func ownStalls(_ groups: ControlGroups) -> String? {
    guard let directory = groups.unified?.directory, access("\(directory)/cgroup.type", F_OK) == 0 else { return nil }
    let path = "\(directory)/memory.pressure"
    return isStallFile(path) ? path : nil
  }

  /// The kernel may have the file and not the figures (`psi=0`): then it cannot be read.
  private static func isStallFile(_ path: String) -> Bool { KernelFile.text(path).flatMap(StallReading.init) != nil }

  func read() -> MemoryReading {
    var reading = MemoryReading(time: MonotonicClock.now())
    if let stalls {
      reading.stalls = KernelFile.text(stalls.path).flatMap(StallReading.init)
      reading.scope = stalls.scope
    }
    readLimits(&reading)
    readRefaults(&reading)
    if let text = KernelFile.text("/proc/meminfo") {
      let values = KernelFile.values(["MemTotal:", "MemAvailable:"], in: text)
      reading.machineTotalBytes = values[0]
      reading.machineAvailableBytes = values[1]
    } else {
      // Hidden by ProcSubset=pid; what is available cannot be told from what is free.
      reading.machineTotalBytes = ProcessMemory.machineBytes()
    }
    reading.residentBytes = ProcessMemory.residentBytes()
    var usage = rusage()
    if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 { reading.majorFaults = usage.ru_majflt }
    return reading
  }

  /// Of the group that has the least room below its limit: this one or one above it.
  private func readLimits(_ reading: inout MemoryReading) {
    var leastRoom = Int.max
    func consider(used: Int?, high: Int?, max: Int?) {
      guard let used, let limit = [high, max].compactMap({ $0 }).min(), limit - used < leastRoom else { return }
      leastRoom = limit - used
      reading.limitUsedBytes = used
      reading.limitHighBytes = high
      reading.limitMaxBytes = max
    }
    for directory in groups.unified?.ancestry ?? [] {
      guard let used = KernelFile.number("\(directory)/memory.current") else { continue }
      consider(
        used: used, high: KernelFile.number("\(directory)/memory.high"),
        max: KernelFile.number("\(directory)/memory.max"))
    }
    for directory in groups.memory?.ancestry ?? [] {
      // No limit is a number near the largest.
      let limit = KernelFile.number("\(directory)/memory.limit_in_bytes").flatMap { $0 < 1 << 60 ? $0 : nil }
      consider(used: KernelFile.number("\(directory)/memory.usage_in_bytes"), high: nil, max: limit)
    }
  }

  /// Of this process's group where it counts them, else of the machine.
  private func readRefaults(_ reading: inout MemoryReading) {
    let files = ["workingset_refault_file", "workingset_refault", "total_workingset_refault_file"]
    let swap = ["workingset_refault_anon", "total_workingset_refault_anon"]
    let own = [groups.unified, groups.memory].compactMap { $0.map { "\($0.directory)/memory.stat" } }
    for path in own + ["/proc/vmstat"] {
      guard let text = KernelFile.text(path) else { continue }
      let values = KernelFile.values(files + swap, in: text)
      // Before kernel 5.9 there is one counter, which is the files'.
      guard let file = values[2] ?? values[0] ?? values[1] else { continue }
      reading.fileRefaults = file
      reading.swapRefaults = values[4] ?? values[3] ?? 0
      return
    }
  }
}
