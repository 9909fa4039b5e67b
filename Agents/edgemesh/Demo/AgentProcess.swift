import FoundationEssentials
import Glibc
import Runtime

/// An agent as a process of its own on the loopback interface.
struct AgentProcess {
  let process: ChildProcess
  /// Where it listens.
  let endpoint: Endpoint
  /// The file that its log goes to.
  let log: String

  /// How long an agent may take until it listens.
  static let startLimit = Duration.seconds(15)

  /// Starts `program join` and reads from its one line of output where it listens.
  ///
  /// - Parameters:
  ///   - listen: the address to listen on; nil: any free ports.
  ///   - files: a path that its output and its log get their names from; its state directory is `state`.
  ///   - before: words before `join`, where `program` is another one that starts this.
  ///   - started: told of the process as soon as there is one, before it listens.
  init(
    program: String, name: String, seeds: [Endpoint], listen: Endpoint? = nil, state: String, files: String,
    options: [String] = [], before: [String] = [], started: (ChildProcess) -> Void = { _ in }
  ) throws {
    let output = "\(files).out"
    log = "\(files).log"
    process = try ChildProcess(
      program,
      before + ["join"] + seeds.map(\.description) + [
        "--listen", listen?.description ?? "127.0.0.1:0", "--name", name, "--state", state,
        // Several agents share this machine.
        "--threads", "1",
      ] + options, name: name, output: .file(output), errors: .file(log))
    started(process)
    endpoint = try Self.whereItListens(process, output, log)
  }

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
