import Foundation
import Mesh
import Testing

@testable import Runtime
@testable import edgemesh

@_silgen_name("unshare") private func unshare(_ flags: Int32) -> Int32
@_silgen_name("setns") private func setns(_ descriptor: Int32, _ type: Int32) -> Int32

// CLONE_FS and CLONE_NEWNS, which <sched.h> has for _GNU_SOURCE only.
private let ownFileSystem: Int32 = 0x200
private let mountNamespace: Int32 = 0x20000

/// Entries read back from a real journald by `journalctl -o json`.
@Suite("Journal", .enabled(if: RealJournal.isAvailable, RealJournal.reason))
struct JournalTests {
  /// Every kind of entry with every field that it may have, written by the sink and read back.
  @Test func everyKindIsReadBack() throws {
    let journal = try RealJournal()
    let context = LogContext(agent: "0123456789abcdef0123456789abcdef", name: "board one", incarnation: 7)
    let entries = JournalMessage.allCases.map { message in
      var entry = JournalEntry(message, "what befell: \(message.rawValue)")
      for field in message.fields { entry.add(field, "\(field.rawValue) of \(message.rawValue)\nand a line = more") }
      entry.addHeldBack(3)
      return entry
    }
    // A thread of its own goes into journald's namespace, and ends there.
    let namespace = open(journal.namespace, O_RDONLY | O_CLOEXEC)
    try #require(namespace >= 0)
    try SystemThread(name: "journal") {
      guard unshare(ownFileSystem) == 0, setns(namespace, mountNamespace) == 0 else { return }
      let sink = JournalSink(context: context, otherwise: nil)
      for entry in entries { sink.write(entry) }
    }.join()
    close(namespace)
    for entry in entries {
      let found = try journal.wait(for: "MESSAGE_ID=\(entry.message.id)")
      var expected = [
        "MESSAGE": entry.text, "PRIORITY": "\(entry.priority.rawValue)", "SYSLOG_IDENTIFIER": "edgemesh",
        "EDGEMESH_EVENT": entry.message.rawValue, "EDGEMESH_NAME": "board one", "EDGEMESH_INCARNATION": "7",
        "EDGEMESH_AGENT": context.agent,
      ]
      for (field, value) in entry.fields { expected[field.journalName] = value }
      for (name, value) in expected { #expect(found[name] == value, "\(entry.message)") }
      #expect(found.keys.filter { $0.hasPrefix("EDGEMESH_") }.count == entry.fields.count + 4)
    }
    // The catalog explains each, with its fields in place.
    let explained = try journal.run(["/usr/bin/journalctl", "--no-pager", "-x", "SYSLOG_IDENTIFIER=edgemesh"]).output
    #expect(explained.split(separator: "\n").count { $0.contains("Defined-By: edgemesh") } == entries.count)
    #expect(explained.contains("Subject: edgemesh agent board one has started"))
    #expect(!explained.contains("@EDGEMESH_"))
  }

  /// A mesh whose agents run as units do: what befalls it stands in the journal.
  @Test func theLifeOfAMesh() throws {
    let journal = try RealJournal()
    let scratch = try Scratch()
    var agents = [try journal.start("b0", in: scratch)]
    agents.append(try journal.start("b1", seeds: [agents[0].endpoint], in: scratch))
    defer { for agent in agents { agent.process.end() } }
    let started = try journal.wait(for: "EDGEMESH_EVENT=started", "EDGEMESH_NAME=b1")
    #expect(started["EDGEMESH_ADDRESS"] == agents[1].endpoint.description)
    #expect(started["EDGEMESH_ORIGIN"] == "created" && started["EDGEMESH_INCARNATION"] == "1")
    #expect(started["PRIORITY"] == "5" && started["_PID"] == "\(agents[1].process.identifier)")
    #expect(try journal.wait(for: "EDGEMESH_EVENT=joined")["EDGEMESH_MEMBER_NAME"] == "b0")
    try journal.wait(for: "EDGEMESH_EVENT=member-alive", "EDGEMESH_NAME=b0", "EDGEMESH_MEMBER_NAME=b1")

    let network = try TestNetwork.write(to: scratch)
    let plan = try scratch.file("plan.json")
    let to = agents.map(\.endpoint.description).joined(separator: ",")
    #expect(try Executable.run(["plan", network, "--seats", "2", "--replicate", "0", "-o", plan]).status == 0)
    let deployed = try Executable.run(
      ["deploy", network, plan, "--to", to, "--preprocess", "unit", "--seat", "0=b0", "--seat", "1=b1"])
    #expect(deployed.status == 0, "\(deployed.errors)")
    let ready = try journal.wait(for: "EDGEMESH_EVENT=plan-ready", "EDGEMESH_NAME=b1")
    #expect(ready["EDGEMESH_SEAT"] == "1" && Int(ready["EDGEMESH_WEIGHTS_BYTES"] ?? "") ?? 0 > 0)
    #expect(
      try journal.wait(for: "EDGEMESH_EVENT=plan-installed", "EDGEMESH_NAME=b1")["EDGEMESH_PLAN"]
        == ready["EDGEMESH_PLAN"])

    let feed = try FrameFeed(to: agents[0].endpoint.description)
    try feed.sendUntil("a complete answer") { $0.outcome == "complete" }
    let complete = try journal.wait(for: "EDGEMESH_OUTCOME=complete")
    #expect(complete["EDGEMESH_SEATS_ANSWERED"] == "0,1" && complete["EDGEMESH_PLAN"] == ready["EDGEMESH_PLAN"])

    agents[1].process.send(signal: SIGKILL)
    _ = agents[1].process.wait(atMost: .seconds(10))
    try feed.sendUntil("a degraded answer") { $0.outcome == "degraded" }
    let degraded = try journal.wait(for: "EDGEMESH_OUTCOME=degraded")
    #expect(degraded["EDGEMESH_SEATS_LOST"] == "1" && degraded["PRIORITY"] == "4")
    #expect(degraded["MESSAGE_ID"] == JournalMessage.requestDegraded.id)
    #expect(Int(degraded["EDGEMESH_ROWS_ZERO"] ?? "") ?? 0 > 0)
    try journal.wait(for: "EDGEMESH_EVENT=member-dead", "EDGEMESH_MEMBER_NAME=b1")

    agents[1] = try journal.start(
      "b1", seeds: [agents[0].endpoint], in: scratch, listen: agents[1].endpoint)
    let back = try journal.wait(for: "EDGEMESH_EVENT=member-returned", "EDGEMESH_MEMBER_NAME=b1")
    #expect(back["EDGEMESH_STATE_BEFORE"] == "dead" && back["EDGEMESH_MEMBER_INCARNATION"] == "2")
    #expect(
      try journal.wait(for: "EDGEMESH_EVENT=started", "EDGEMESH_INCARNATION=2")["EDGEMESH_ORIGIN"] == "kept")

    // It stands still for longer than the others believe.
    agents[1].process.send(signal: SIGSTOP)
    try eventually("b1 is dead again") {
      try journal.entries(["EDGEMESH_EVENT=member-dead", "EDGEMESH_MEMBER_NAME=b1"]).count == 2
    }
    agents[1].process.send(signal: SIGCONT)
    let paused = try journal.wait(for: "EDGEMESH_EVENT=paused", "EDGEMESH_NAME=b1")
    #expect(Int(paused["EDGEMESH_PAUSE_MS"] ?? "") ?? 0 > 300)

    // A clone: the same state on another address.
    let clone = try scratch.file("state-clone")
    try FileManager.default.copyItem(atPath: try scratch.file("state-b1"), toPath: clone)
    let other = try journal.start("clone", seeds: [agents[0].endpoint], in: scratch, state: clone)
    defer { other.process.end() }
    let refused = try journal.wait(for: "EDGEMESH_EVENT=refused", "EDGEMESH_NAME=clone")
    #expect(refused["PRIORITY"] == "3" && refused["EDGEMESH_REASON"]?.contains("same identity") == true)

    let raw = try RawConnection(port: agents[0].endpoint.port + 1)
    // A nanomsg greeting of a PUSH, and a message of three bytes.
    raw.write([0, 0x53, 0x50, 0, 0, 0x50, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3])
    try journal.wait(for: "EDGEMESH_EVENT=frames-dropped", "EDGEMESH_NAME=b0")

    #expect(agents[1].process.end(grace: .seconds(20)) == .exited(0))
    try journal.wait(for: "EDGEMESH_EVENT=stopping", "EDGEMESH_NAME=b1")
    try journal.wait(for: "EDGEMESH_EVENT=left", "EDGEMESH_NAME=b1")
    try journal.wait(for: "EDGEMESH_EVENT=member-left", "EDGEMESH_MEMBER_NAME=b1")
  }
}
