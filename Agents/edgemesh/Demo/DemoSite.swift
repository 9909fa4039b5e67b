import FoundationEssentials
import Glibc
import Mesh
import Runtime
import Synchronization

/// The demonstration's agents, each a process with its own state directory, and the temporary directory that holds
/// these. Whatever happens, `close` or `abandon` leaves nothing behind; should the demonstration itself be killed, the
/// system ends the agents.
final class DemoSite {
  private struct Agent {
    var process: ChildProcess
    var endpoint: Endpoint
    var starts: Int
  }

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
  private var agents: [Int: Agent] = [:]

  /// How long an agent may take until it listens.
  private static let startLimit = Duration.seconds(15)

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
  func start(_ seat: Int, at address: Endpoint? = nil) throws {
    let seeds = agents.filter { $0.key != seat }.sorted { $0.key < $1.key }.map(\.value.endpoint.description)
    let name = Self.name(of: seat)
    let starts = (agents[seat]?.starts ?? 0) + 1
    let log = "\(remains.directory)/\(name).\(starts)"
    let listen = address ?? agents[seat]?.endpoint
    let words =
      ["join"] + seeds + [
        "--listen", listen?.description ?? "127.0.0.1:0", "--name", name, "--state", "\(remains.directory)/\(name)",
        "--end-with-parent",
      ]
    let program = try ChildProcess.ownPath()
    let process = try remains.state.withLock { state in
      guard !state.isAbandoned else { throw Failure(.temporary, "interrupted") }
      let process = try ChildProcess(
        program, words, name: name, output: .file("\(log).out"), errors: .file("\(log).log"))
      state.processes[seat] = process.identifier
      return process
    }
    let endpoint = try Self.whereItListens(process, "\(log).out", "\(log).log")
    agents[seat] = Agent(process: process, endpoint: endpoint, starts: starts)
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

  /// Reads the address from the one line that an agent prints.
  private static func whereItListens(_ process: ChildProcess, _ output: String, _ log: String) throws -> Endpoint {
    let limit = ContinuousClock.now + startLimit
    while true {
      let ending = process.poll()
      if let text = text(of: output), text.hasSuffix("\n"),
        let address = text.firstRange(of: " listens on ").map({ text[$0.upperBound...].prefix { $0 != "," } })
      {
        return try Endpoint(String(address))
      }
      if let ending {
        let reason = text(of: log)?.split(separator: "\n").last.map(String.init) ?? ending.description
        throw Failure(.unavailable, "\(process.name) did not start: \(reason)")
      }
      guard ContinuousClock.now < limit else {
        throw Failure(.unavailable, "\(process.name) does not listen after \(TimeSpan.format(startLimit))")
      }
      usleep(2_000)
    }
  }

  private static func text(of path: String) -> String? {
    (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
  }
}
