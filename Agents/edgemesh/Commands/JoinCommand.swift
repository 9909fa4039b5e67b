import Glibc
import Mesh
import Runtime
import Synchronization

/// `edgemesh join`: the agent.
enum JoinCommand: Command {
  private static let seeds = Operand.any(
    "SEED", "address HOST:PORT of any agent of the mesh; without one this agent is the first")
  private static let listen = Option.optional(
    "listen", ValueReader<String>.text.named("HOST:PORT"),
    "Listens on this address and three ports from this one on; port 0 takes three free ones "
      + "(127.0.0.1:\(Endpoint.defaultPort), with --insecure 0.0.0.0:\(Endpoint.defaultPort))")
  private static let advertise = Option.optional(
    "advertise", ValueReader<String>.text.named("HOST:PORT"),
    "Tells peers to connect here, where that is neither the address listened on nor, where it is every address, the "
      + "machine's on the way to the first SEED or to everywhere")
  private static let name = Option.optional("name", ValueReader<String>.text, "Names this agent for people (host name)")
  private static let state = Option.optional(
    "state", ValueReader<String>.directory,
    "Keeps identity, plans and shards here ($STATE_DIRECTORY, else ~/.local/state/edgemesh)")
  private static let memory = Option.optional(
    "memory", ValueReader<Int>.bytes, "Lets plans count on so much memory; otherwise the machine's")
  private static let patience = Option.optional(
    "minimum-patience", ValueReader<Duration>.duration(in: .milliseconds(10)...(.seconds(60))),
    "Waits at least so long for a late seat before it is filled in (250ms)")
  private static let seedTimeout = Option.defaulting(
    "seed-timeout", .duration(in: .seconds(1)...(.seconds(86_400))), to: .seconds(10), shown: "10s",
    "Gives up where SEEDs are given and an agent without a seat finds no other by then; a service never does")
  private static let log = Option.defaulting(
    "log", .choice(LogDestination.allCases.map(\.rawValue), placeholder: "WHERE"),
    to: LogDestination.automatic.rawValue, shown: LogDestination.automatic.rawValue,
    "Writes the log to the journal, as lines to stderr, or to both; auto is the journal for a service, else stderr")
  private static let insecure = Option.flag(
    "insecure", "Listens beyond loopback though frames are not sealed: anyone who reaches the ports can join")
  private static let options = Option.repeated(
    "options", ValueReader<String>.file,
    "Reads options and SEEDs from this file, one a line, before those of the command line, which win")
  private static let service = Option.flag(
    "service", "Has systemd run the agent with these options, now and after every boot, instead of running it here")
  private static let endWithParent = Option.flag(
    "end-with-parent", "Ends when the process that started the agent ends")

  static let page = ManualPage(
    name: "join", summary: "start an agent, which takes part in a mesh until it is told to stop",
    operands: [seeds],
    options: [
      listen, advertise, name, state, memory, ThreadsOption.option, patience, seedTimeout, log, insecure, options,
      service, endWithParent,
    ],
    description: [
      "Starts an agent in the foreground. It looks for the mesh at every SEED until one answers, tells all members of "
        + "itself, and serves: clients on the base port, control frames on the next port, tensors on the one after.",
      "An agent that held a seat when it stopped takes it up again by itself. SIGTERM and SIGINT make it leave in order.",
      "An agent takes all processors that it may use. Where several run on one machine, --threads divides them.",
      "As a systemd service (Type=notify) it tells when it is ready, how it fares, and at half of WatchdogSec= that it is "
        + "alive. Its log goes to the journal then, in structured entries that 'journalctl -x' explains.",
      "Frames are not sealed yet. An agent therefore listens on loopback only, unless --insecure says that everybody "
        + "who can reach its ports is trusted.",
      "With --service, as root, the options and SEEDs are checked, written to \(ServiceManager.optionsPath), and "
        + "\(ServiceManager.unit) of the Debian package is enabled and restarted; edgemesh.service(8) tells more.",
    ],
    examples: [
      .init(line: "edgemesh join", explanation: "The first agent of a mesh on this machine"),
      .init(
        line: "edgemesh join 127.0.0.1:7707 --listen 127.0.0.1:0 --name b2 --state /tmp/b2",
        explanation: "A second one beside it"),
      .init(line: "sudo edgemesh join --service --insecure board-1:7707", explanation: "A board of a mesh, for good"),
    ],
    exits: [
      .init(
        .unavailable, "the address cannot be listened on, no other agent was found, or there is no service to start"),
      .init(.cannotCreate), .init(.badData, "a file of options is no text or too long"), .init(.missingInput),
      .init(.noPermission, "--service was not given by root"),
    ])

  static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
    let arguments = try withOptionFiles(arguments)
    if arguments[service] { return try startService(arguments, ServiceManager(), console) }
    if arguments[endWithParent] { ParentProcess.endWithIt() }
    let configuration = try configuration(arguments)
    let agent: Agent
    do { agent = try Agent(configuration) } catch let error as StateError {
      throw Failure(.cannotCreate, error.description)
    } catch {
      throw Failure(.unavailable, "\(error)")
    }
    let running = Running(agent)
    try Signals.watch { _ in running.stop() }
    if arguments[insecure] {
      console.note("edgemesh: --insecure: frames are not sealed; everybody who reaches \(agent.endpoint) can join")
    }
    try console.print(
      "edgemesh: \(configuration.name) listens on \(agent.endpoint), incarnation \(agent.incarnation)")
    // A service goes on looking: its seeds may just start later than this board.
    let watch =
      agent.expectsOthers && !Agent.isService
      ? try SeedWatch(own: agent.endpoint, seeds: configuration.seeds, limit: arguments[seedTimeout]) { running.stop() }
      : nil
    try agent.run()
    if let failure = watch?.failure { throw failure }
    return .success
  }

  /// The arguments with those of the files that --options names before them.
  private static func withOptionFiles(_ arguments: Arguments) throws(Failure) -> Arguments {
    var words: [String] = []
    for path in arguments[options] {
      words += try OptionFile.words(at: path, for: page, excluding: [options.name, service.name])
    }
    return try Arguments(words + arguments.words(excluding: [options.name]), for: page)
  }

  private static func configuration(_ arguments: Arguments) throws -> AgentConfiguration {
    let host = arguments[insecure] ? "0.0.0.0" : "127.0.0.1"
    var configuration = AgentConfiguration(
      listen: try endpoint(arguments[listen] ?? "\(host):\(Endpoint.defaultPort)", "--listen"),
      name: arguments[name] ?? hostName(), stateDirectory: arguments[state] ?? StateDirectory.defaultPath())
    configuration.advertise = try arguments[advertise].map { try endpoint($0, "--advertise") }
    configuration.seeds = try arguments[seeds].map { try endpoint($0, "SEED") }
    configuration.memoryLimit = arguments[memory]
    configuration.allowsUnsealed = arguments[insecure]
    configuration.threads = ThreadsOption.value(arguments)
    configuration.log = LogDestination(rawValue: arguments[log]) ?? .automatic
    if let minimum = arguments[patience] {
      let milliseconds = Int(minimum / .milliseconds(1))
      configuration.patience = Patience.Bounds(minimumMilliseconds: milliseconds)
    }
    guard configuration.name.utf8.count <= 64 else { throw Failure(.usage, "--name takes at most 64 bytes") }
    return configuration
  }

  /// Has the service run with these arguments, which are checked first as the agent would check them.
  static func startService(
    _ arguments: Arguments, _ manager: ServiceManager, _ console: Console
  ) throws -> ExitCode {
    if arguments.has(state) {
      throw Failure(.usage, "the service keeps its state in /var/lib/edgemesh: leave --state out, or --service")
    }
    if arguments[endWithParent] {
      throw Failure(.usage, "the service ends with nobody else: leave --end-with-parent out, or --service")
    }
    let words = arguments.words(excluding: [service.name])
    let configuration = try configuration(try manager.completed(words, for: page))
    try manager.check()
    do { _ = try AgentAddresses(configuration) } catch { throw Failure(.unavailable, "\(error)") }
    try manager.start(with: words)
    if arguments[insecure] {
      console.note(
        "edgemesh: --insecure: frames are not sealed; everybody who reaches \(configuration.listen) can join")
    }
    try console.print(
      "edgemesh: \(ServiceManager.unit) runs, now and after every boot; \"edgemesh status\" shows the mesh, "
        + "\"journalctl -u edgemesh\" what happened")
    return .success
  }

  private static func endpoint(_ text: String, _ what: String) throws -> Endpoint {
    do { return try Endpoint(text) } catch { throw Failure(.usage, "\(what): \(error)") }
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 65)
    guard gethostname(&buffer, 64) == 0 else { return "board" }
    let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.isEmpty ? "board" : name
  }

  /// Lets the signal thread stop the agent. `Agent.stop` is safe from any thread.
  private final class Running: @unchecked Sendable {
    private let agent: Agent
    init(_ agent: Agent) { self.agent = agent }
    func stop() { agent.stop() }
  }
}
