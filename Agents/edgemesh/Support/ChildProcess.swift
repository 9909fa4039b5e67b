import Glibc

/// Another process of this or any program, which does not outlive the value that started it.
///
/// Not to be shared between threads. The child starts with an empty signal mask and default signal actions, whatever
/// this process blocks or ignores, and with standard input at its end.
final class ChildProcess {
  /// Where the child's output or errors go.
  enum Destination: Sendable {
    case inherited
    case discarded
    /// Appended to the file at this path.
    case file(String)
  }

  enum Ending: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    var description: String {
      switch self {
      case .exited(let status): "exited with status \(status)"
      case .killed(let signal): "killed by signal \(signal)"
      }
    }
  }

  /// The path of the running program, to start it again in another role.
  static func ownPath() throws(Failure) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw Failure(.inputOutput, "cannot find the running program: \(Self.message(errno))") }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  let name: String
  let identifier: pid_t
  private var ending: Ending?

  /// Starts `program` (a path) with `arguments`; failures call it `name`.
  init(
    _ program: String, _ arguments: [String], name: String, output: Destination = .inherited,
    errors: Destination = .inherited
  ) throws(Failure) {
    self.name = name
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, destination) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      switch destination {
      case .inherited: break
      case .discarded: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
      case .file(let path):
        posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      }
    }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let words = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, program, &actions, &attributes, words + [nil], environ)
    guard code == 0 else { throw Failure(.inputOutput, "cannot start \(name): \(Self.message(code))") }
    self.identifier = identifier
  }

  /// How the process ended, or nil while it runs.
  func poll() -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
    ending = status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: status & 0x7f)
    return ending
  }

  /// Waits until the process has ended, at most `limit`; nil where it still runs.
  func wait(atMost limit: Duration) -> Ending? {
    let deadline = ContinuousClock.now + limit
    while true {
      if let ending = poll() { return ending }
      if ContinuousClock.now >= deadline { return nil }
      usleep(2000)
    }
  }

  /// Sends a signal, unless the process has ended.
  func send(signal: Int32) { if poll() == nil { kill(identifier, signal) } }

  /// Asks the process to end, and after `grace` makes it. A stopped process is woken first.
  @discardableResult
  func end(grace: Duration = .seconds(2)) -> Ending? {
    send(signal: SIGTERM)
    send(signal: SIGCONT)
    if let ending = wait(atMost: grace) { return ending }
    send(signal: SIGKILL)
    return wait(atMost: .seconds(5))
  }

  deinit { end() }

  private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}
