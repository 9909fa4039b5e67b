import Glibc

/// The agent as a systemd service: the unit that the package installs, told which mesh to join.
struct ServiceManager {
  /// Where the unit finds the options of the agent that it starts.
  static let optionsPath = "/etc/edgemesh/service.options"
  static let unit = "edgemesh.service"
  /// Options for the service that people keep by hand, which the unit has the agent read first.
  static let handOptionsPath = "/etc/edgemesh/join.options"

  var optionsPath = Self.optionsPath
  var handOptionsPath = Self.handOptionsPath
  /// There where systemd runs this machine.
  var runtimeDirectory = "/run/systemd/system"
  var isRoot: () -> Bool = { geteuid() == 0 }
  /// Runs `systemctl` with these arguments and returns its exit status.
  var systemctl: ([String]) throws(Failure) -> Int32 = Self.runSystemctl

  /// The arguments with which the unit would start the agent, were `words` its options: after those kept by hand.
  func completed(_ words: [String], for page: ManualPage) throws(Failure) -> Arguments {
    guard access(handOptionsPath, F_OK) == 0 else { return try Arguments(words, for: page) }
    return try Arguments(
      try OptionFile.words(at: handOptionsPath, for: page, excluding: ["options", "service"]) + words, for: page)
  }

  /// Throws where there is no service that could be configured, with the remedy. Changes nothing.
  func check() throws(Failure) {
    guard isRoot() else {
      throw Failure(
        .noPermission, "--service configures the machine's service, which takes root's rights: put sudo before it")
    }
    guard access(runtimeDirectory, F_OK) == 0 else {
      throw Failure(
        .unavailable,
        "--service needs systemd, which does not run here: start the agent without --service, by whatever runs services"
      )
    }
    guard try systemctl(["cat", Self.unit]) == 0 else {
      throw Failure(
        .unavailable,
        "there is no unit \(Self.unit): install the package (apt install ./edgemesh_*.deb), then try again")
    }
  }

  /// Writes the options, and has the unit started with them, now and at every boot.
  func start(with words: [String]) throws(Failure) {
    let text = try OptionFile.text(
      for: words,
      comment: [
        "Written by \"edgemesh join --service\", which replaces it whole. edgemesh.service reads it after",
        "join.options, and its options win. See edgemesh.service(8).",
      ])
    let directory = optionsPath.lastIndex(of: "/").map { String(optionsPath[..<$0]) } ?? "."
    try WholeFile.makeDirectory(directory, permissions: 0o755)
    // The agent, which runs as another user, reads it.
    try WholeFile.write(
      Array(text.utf8), to: optionsPath, as: "the service's options", permissions: 0o644, isDurable: true)
    for command in ["enable", "restart"] {
      let status = try systemctl(["--quiet", command, Self.unit])
      guard status == 0 else {
        throw Failure(
          .unavailable,
          "\(optionsPath) is written, but systemctl \(command) \(Self.unit) failed: "
            + "\"journalctl -u edgemesh -x -n 20\" tells why")
      }
    }
  }

  private static func runSystemctl(_ arguments: [String]) throws(Failure) -> Int32 {
    let places: [String] = ["/usr/bin/systemctl", "/bin/systemctl"]
    guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
      throw Failure(.unavailable, "there is no systemctl: install systemd, or start the agent without --service")
    }
    let process = try ChildProcess(path, arguments, name: "systemctl", output: .discarded, errors: .discarded)
    // Longer than the unit may take to start.
    guard let ending = process.wait(atMost: .seconds(120)) else {
      throw Failure(.temporary, "systemctl does not answer: try again, or see \"systemctl list-jobs\"")
    }
    if case .exited(let status) = ending { return status }
    return -1
  }
}
