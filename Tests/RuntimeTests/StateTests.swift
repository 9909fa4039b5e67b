import Glibc
import Membership
import Testing

@testable import Runtime

@Suite struct StateTests {
  @Test func everyStartCountsUnderOneID() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/deep/down"
    var ids: Set<AgentID> = []
    for start in 1...3 {
      let identity = try AgentIdentity(directory: path, machineID: "a machine")
      #expect(identity.incarnation == UInt64(start))
      #expect(identity.origin == (start == 1 ? .created : .kept))
      ids.insert(identity.id)
    }
    #expect(ids.count == 1)
  }

  @Test func anotherMachineIsAnotherAgent() throws {
    let folder = try TemporaryFolder()
    let id = try AgentIdentity(directory: folder.path, machineID: "a machine").id
    let identity = try AgentIdentity(directory: folder.path, machineID: "another")
    #expect(identity.id != id)
    #expect(identity.origin == .otherMachine)
    #expect(identity.incarnation == 1)
  }

  @Test(arguments: [
    "", "\n", "nonsense", "0123 1 x\n", "\(String(repeating: "a", count: 32)) -1 x",
    "\(String(repeating: "a", count: 32)) 18446744073709551615 x", "\(String(repeating: "a", count: 32)) 3",
  ])
  func aDamagedIdentityIsReplaced(text: String) throws {
    let folder = try TemporaryFolder()
    _ = try AgentIdentity(directory: folder.path, machineID: "a machine").id
    try StateDirectory.write(text, to: "\(folder.path)/identity")
    let identity = try AgentIdentity(directory: folder.path, machineID: "a machine")
    #expect(identity.origin == .damaged)
    #expect(identity.incarnation == 1)
  }

  @Test func bytesThatAreNoTextCountAsDamaged() throws {
    let folder = try TemporaryFolder()
    try StateDirectory.write([0xFF, 0xFE, 0x00], to: "\(folder.path)/identity")
    let identity = try AgentIdentity(directory: folder.path, machineID: "a machine")
    #expect(identity.origin == .damaged)
  }

  @Test func theMachinesIDIsNotWritten() throws {
    let folder = try TemporaryFolder()
    _ = try AgentIdentity(directory: folder.path, machineID: "0123456789abcdef").id
    let text = try #require(try StateDirectory.readText("\(folder.path)/identity"))
    #expect(!text.contains("0123456789abcdef"))
  }

  @Test func aSecondAgentIsRefusedByName() throws {
    let folder = try TemporaryFolder()
    let first = try AgentIdentity(directory: folder.path, machineID: "a machine")
    #expect(throws: StateError.locked(path: folder.path)) {
      _ = try AgentIdentity(directory: folder.path, machineID: "a machine")
    }
    #expect(StateError.locked(path: folder.path).description.contains(folder.path))
    // A refused start counts nothing.
    let incarnation = first.incarnation
    _ = consume first
    let second = try AgentIdentity(directory: folder.path, machineID: "a machine")
    #expect(second.incarnation == incarnation + 1)
  }

  @Test func whatItMakesIsPrivate() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/state"
    _ = try AgentIdentity(directory: path, machineID: "a machine").id
    func mode(_ path: String) -> mode_t {
      var status = stat()
      return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o7777
    }
    #expect(mode(path) == 0o700)
    #expect(mode("\(path)/identity") == 0o600)
    #expect(mode("\(path)/lock") == 0o600)
  }

  @Test func placesThatWillNotDoAreNamed() throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/file"
    try StateDirectory.write("x", to: file)
    let open = "\(folder.path)/open"
    #expect(mkdir(open, 0o777) == 0 && chmod(open, 0o777) == 0)
    for path in [file, "\(file)/below", open, "/proc/none"] {
      do {
        _ = try AgentIdentity(directory: path, machineID: "a machine").id
        Issue.record("\(path) was used")
      } catch {
        #expect("\(error)".contains(folder.path) || "\(error)".contains("/proc/none"))
        #expect(!"\(error)".contains("\n"))
      }
    }
  }

  @Test func aWriteReplacesTheWholeFile() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/file"
    try StateDirectory.write("a long first text", to: path)
    try StateDirectory.write("short", to: path)
    #expect(try StateDirectory.readText(path) == "short")
    #expect(StateDirectory.names(in: folder.path) == ["file"])
    #expect(throws: StateError.tooLarge(byteCount: 5, limit: 4)) { try StateDirectory.read(path, limit: 4) }
    #expect(try StateDirectory.read("\(folder.path)/none", limit: 4) == nil)
  }

  @Test func defaultPlaces() async {
    await #expect(processExitsWith: .success) {
      func check(_ expected: String) { guard StateDirectory.defaultPath() == expected else { exit(1) } }
      unsetenv("STATE_DIRECTORY")
      unsetenv("XDG_STATE_HOME")
      setenv("HOME", "/home/u", 1)
      check("/home/u/.local/state/edgemesh")
      setenv("XDG_STATE_HOME", "relative", 1)
      check("/home/u/.local/state/edgemesh")
      setenv("XDG_STATE_HOME", "/x", 1)
      check("/x/edgemesh")
      setenv("STATE_DIRECTORY", ":", 1)
      check("/x/edgemesh")
      setenv("STATE_DIRECTORY", "/var/lib/edgemesh:/other", 1)
      check("/var/lib/edgemesh")
    }
  }
}
