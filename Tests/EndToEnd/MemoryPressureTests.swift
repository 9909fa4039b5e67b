import Foundation
import Mesh
import Testing

@testable import Runtime
@testable import edgemesh

/// An agent in a control group that is squeezed for real.
@Suite("Memory pressure", .enabled(if: SqueezedGroup.isAvailable, SqueezedGroup.reason))
struct MemoryPressureTests {
  static let limit = 64 << 20

  /// The level rises, and the status says so, with the limit that is reached.
  @Test func theStatusTellsOfIt() throws {
    let scratch = try Scratch()
    let group = try SqueezedGroup(bytes: Self.limit)
    let agent = try AgentProcess(
      program: "/bin/sh", name: "b0", seeds: [], state: try scratch.file("state"), files: try scratch.file("b0"),
      before: ["-c", "\(group.entering) && exec \"$0\" \"$@\"", try Executable.path()])
    defer { agent.process.end() }
    func memory() throws -> MemoryStatus {
      try AdminClient(to: agent.endpoint, timeoutMilliseconds: 10_000).status().memory
    }
    try eventually("a reading") { try memory().limitBytes == Self.limit }
    #expect(try memory().level == .none && memory().scope == "cgroup" && memory().trigger == "cgroup")
    let squeeze = try group.squeeze(with: 200)
    defer { squeeze.end() }
    try eventually("pressure") { try memory().level >= .some }
    let found = try memory()
    #expect(found.limitUsedBytes ?? 0 > Self.limit * 9 / 10)
    // Shorter than 2 s where the agent has just started; longer where the reading itself had to wait for memory.
    #expect(found.windowMilliseconds >= 250)
    let shown = try Executable.run(["status", "--to", agent.endpoint.description])
    #expect(shown.output.contains("memory pressure: ") && shown.output.contains("of the limit of 64.0 MiB used"))
  }

  /// Each change of the level is an entry with its figures and its cause, read back from the journal.
  @Test(.enabled(if: RealJournal.isAvailable, RealJournal.reason))
  func theJournalTellsOfIt() throws {
    let scratch = try Scratch()
    let group = try SqueezedGroup(bytes: Self.limit)
    let journal = try RealJournal()
    let agent = try journal.start("b0", in: scratch, first: group.entering)
    defer { agent.process.end() }
    do {
      let squeeze = try group.squeeze(with: 200)
      defer { squeeze.end() }
      try journal.wait(for: "EDGEMESH_EVENT=memory-pressure", "EDGEMESH_LEVEL=high")
    }
    let entries = try journal.entries(["MESSAGE_ID=6d25d6860f0f46c49299597ae944d867"])
    #expect(entries.first?["EDGEMESH_LEVEL_BEFORE"] == "none")
    for (entry, next) in zip(entries, entries.dropFirst()) {
      #expect(entry["EDGEMESH_LEVEL"] == next["EDGEMESH_LEVEL_BEFORE"])
    }
    let rising = try entries.filter { entry in
      func level(_ name: String) throws -> MemoryPressure.Level {
        try #require(MemoryPressure.Level(name: entry["EDGEMESH_\(name)"] ?? ""))
      }
      return try level("LEVEL") > level("LEVEL_BEFORE")
    }
    for entry in rising {
      func number(_ name: String) -> Int { entry["EDGEMESH_\(name)"].flatMap(Int.init) ?? -1 }
      #expect(entry["EDGEMESH_SCOPE"] == "cgroup" && number("WINDOW_MS") >= 250)
      #expect(entry["EDGEMESH_CAUSE"] == "own-limit", "\(entry)")
      #expect(number("LIMIT_MAX_BYTES") == Self.limit && number("LIMIT_USED_BYTES") > Self.limit * 9 / 10)
      #expect(number("FILE_REFAULTS") + number("SOME_STALLED_MS") > 0)
      #expect(number("RESIDENT_BYTES") > 0 && number("MACHINE_AVAILABLE_BYTES") > Self.limit)
      #expect(entry["MESSAGE"]?.contains("this agent's limit of 64.0 MiB is reached") == true)
    }
    // Over again, after ten seconds of calm.
    let over = try journal.wait(
      for: "EDGEMESH_EVENT=memory-pressure", "EDGEMESH_LEVEL=none", within: .seconds(90))
    #expect(over["EDGEMESH_CAUSE"] == "over" && over["PRIORITY"] == "5")
  }

  /// The kernel's trigger wakes whoever polls; once its group is gone it wakes nobody any more.
  @Test func theTriggerWakes() throws {
    let group = try SqueezedGroup(bytes: Self.limit)
    // 10 ms in 2 s.
    let write = Data("some 10000 2000000\0".utf8).base64EncodedString()
    let found = PressureTrigger.find(watch: group.stalls, write: write, ownStalls: nil, machineStalls: "/nonexistent")
    guard case .some(let trigger) = consume found else {
      Issue.record("the kernel takes no trigger")
      return
    }
    #expect(trigger.kind == .serviceManager && trigger.isUrgent)
    var set = PollSet()
    set.add(trigger: trigger.descriptor, token: 5)
    /// Whether it wakes within so many seconds.
    func wakes(within seconds: UInt64) throws -> Bool {
      let end = MonotonicClock.now() + seconds * 1_000_000_000
      var woke = false
      repeat { try set.wait(until: end) { woke = $0 == 5 } } while !woke && MonotonicClock.now() < end
      return woke
    }
    #expect(try !wakes(within: 0))
    do {
      let squeeze = try group.squeeze(with: 200)
      defer { squeeze.end() }
      #expect(try wakes(within: 30))
    }
    group.remove()
    #expect(try wakes(within: 30))
    #expect(try !wakes(within: 0))
  }
}
