import Glibc

/// A worker as its supervisor sees it: the lines that it says, and how it ended.
struct Child {
  let identifier: pid_t
  let output: Int32
  private var pending: [UInt8] = []

  /// Starts this program again with `arguments`; its words of an end go where this program's go.
  init(arguments: [String]) throws {
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { throw UsageError("no pipe: \(String(cString: strerror(errno)))") }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    let path = "/proc/self/exe"
    var words = Self.cStrings([CommandLine.arguments[0]] + arguments)
    // Memory that is free again goes back at once, so that each case's own can be seen.
    var environment = Self.cStrings([
      "MALLOC_MMAP_THRESHOLD_=131072", "MALLOC_TRIM_THRESHOLD_=131072", "SWIFT_BACKTRACE=enable=no",
    ])
    defer { for word in words + environment { free(word) } }
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, path, &actions, nil, &words, &environment)
    close(pipe[1])
    guard code == 0 else { throw UsageError("cannot start a worker: \(String(cString: strerror(code)))") }
    self.identifier = identifier
    output = pipe[0]
  }

  /// Copies that end in zero, the list in nil.
  private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
    strings.map { strdup($0) } + [nil]
  }

  /// What has come since, line by line; nil at the end.
  mutating func lines() -> [String]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(output, &buffer, buffer.count)
    guard count > 0 else { return nil }
    pending += buffer.prefix(count)
    guard let end = pending.lastIndex(of: 0x0A) else { return [] }
    let text = String(decoding: pending[...end], as: UTF8.self)
    pending.removeSubrange(...end)
    return text.split(separator: "\n").map(String.init)
  }

  /// Waits for its end, killing it first where that is asked for. Nil: it ended as it should.
  func ended(killing: Bool) -> String? {
    if killing { kill(identifier, SIGKILL) }
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    close(output)
    if killing { return "it did not end within \(Supervisor.patienceSeconds) s" }
    if status & 0x7F != 0 { return "it ended the process with signal \(status & 0x7F)" }
    return status == 0 ? nil : "it ended the process with status \(status >> 8 & 0xFF)"
  }
}
