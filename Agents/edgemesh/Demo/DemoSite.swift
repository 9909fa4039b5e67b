import FoundationEssentials
import Glibc
import Mesh
import Runtime
import Synchronization

/// The demonstration's agents, each a process with its own state directory, and the temporary directory that holds
/// these. Whatever happens, `close` or `abandon` leaves nothing behind; should the demonstration itself be killed, the
/// system ends the agents.
final class DemoSite {
  /// What another thread needs to clean up.
  private final class Remains: Sendable {
    struct State {
      var processes: [Int: pid_t] = [:]
      var isAbandoned = false
    }
    let directory: String
    let state = Mutex(State())
    init(directory: String) { self.directory = directory }

    /// Kills the agents and removes the directory; nothing is started from now on.
    func abandon() {
      state.withLock { state in
        state.isAbandoned = true
        for identifier in state.processes.values { Glibc.kill(identifier, SIGKILL) }
      }
      try? FileManager.default.removeItem(atPath: directory)
    }
  }

  private let remains: Remains
  private var agents: [Int: AgentProcess] = [:]
  private var starts = 0

  /// Makes the temporary directory, and sees to it that a signal cleans up, too.
  init() throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/edgemesh-demo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Failure(.cannotCreate, "cannot make a directory under \(parent): \(String(cString: strerror(errno)))")
    }
    let remains = Remains(
      directory: String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    self.remains = remains
    try Signals.watch { signal in
      remains.abandon()
      // As a shell would report the signal.
      _exit(128 + signal)
    }
  }

  deinit { close() }

  /// Ends the agents in order and removes the directory.
  func close() {
    for agent in agents.values { agent.process.send(signal: SIGTERM) }
    for seat in Array(agents.keys) { stop(seat) { $0.end() } }
    remains.abandon()
  }

  /// Where the agent that takes `seat` listens.
  func endpoint(of seat: Int) -> Endpoint? { agents[seat]?.endpoint }
  var endpoints: [Endpoint] { agents.sorted { $0.key < $1.key }.map(\.value.endpoint) }

  static func name(of seat: Int) -> String { "agent-\(seat)" }

  /// Starts the agent that is to take `seat`, on the address that it had before, and waits until it listens.
  func start(_ seat: Int) throws {
    let name = Self.name(of: seat)
    starts += 1
    guard !remains.state.withLock({ $0.isAbandoned }) else { throw Failure(.temporary, "interrupted") }
    agents[seat] = try AgentProcess(
      program: ChildProcess.ownPath(), name: name,
      seeds: agents.filter { $0.key != seat }.sorted { $0.key < $1.key }.map(\.value.endpoint),
      listen: agents[seat]?.endpoint, state: "\(remains.directory)/\(name)",
      files: "\(remains.directory)/\(name).\(starts)", options: ["--end-with-parent"]
    ) { process in remains.state.withLock { $0.processes[seat] = process.identifier } }
  }

  /// Takes the power from an agent: SIGKILL.
  func kill(_ seat: Int) {
    stop(seat) { process in
      process.send(signal: SIGKILL)
      return process.wait(atMost: .seconds(5))
    }
  }

  private func stop(_ seat: Int, _ how: (ChildProcess) -> ChildProcess.Ending?) {
    guard let agent = agents[seat] else { return }
    _ = how(agent.process)
    // The number may soon be another process's.
    remains.state.withLock { $0.processes[seat] = nil }
  }
}
