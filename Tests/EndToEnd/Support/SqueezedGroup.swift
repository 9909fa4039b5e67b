import Foundation
import Testing

@testable import edgemesh

/// A control group with a limit of memory, whose pressure the kernel measures. Needs root. It goes away with the value;
/// end its processes before.
///
/// Where version 2 has the memory controller it is one group; where the old hierarchy has it, one there for the limit and
/// one in version 2, which tasks join as well, for the figures.
final class SqueezedGroup {
  private let directories: [String]
  private var squeezeFiles: [String] = []

  private static let unified = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first {
    FileManager.default.fileExists(atPath: "\($0)/cgroup.subtree_control")
  }
  private static let old = "/sys/fs/cgroup/memory"

  /// The mounts to make groups under, and the file for the limit in the last of them.
  private static let places: (mounts: [String], limit: String)? = {
    guard getuid() == 0, let unified else { return nil }
    let controllers = (try? String(contentsOfFile: "\(unified)/cgroup.subtree_control", encoding: .utf8)) ?? ""
    if controllers.split(whereSeparator: \.isWhitespace).contains("memory") { return ([unified], "memory.max") }
    guard FileManager.default.fileExists(atPath: "\(old)/memory.limit_in_bytes") else { return nil }
    return ([unified, old], "memory.limit_in_bytes")
  }()

  /// Why it cannot be had here; nil where it can.
  static let obstacle: String? = {
    if getuid() != 0 { return "not root" }
    guard places != nil else { return "no control group with a memory controller" }
    guard let group = try? SqueezedGroup(bytes: 1 << 30) else { return "no control group can be made" }
    guard let first = group.directories.first,
      (try? String(contentsOfFile: "\(first)/memory.pressure", encoding: .utf8)) != nil
    else { return "this kernel gives no pressure figures" }
    if !FileManager.default.isExecutableFile(atPath: "/usr/bin/perl") { return "/usr/bin/perl is missing" }
    return nil
  }()

  static var isAvailable: Bool { obstacle == nil }
  static var reason: Comment { "no control group to squeeze: \(obstacle ?? "")" }

  init(bytes: Int) throws {
    let places = try #require(Self.places)
    let name = "edgemesh-test-\(UUID().uuidString)"
    directories = places.mounts.map { "\($0)/\(name)" }
    for directory in directories { try #require(mkdir(directory, 0o755) == 0, "\(directory)") }
    try "\(bytes)".write(
      toFile: "\(directories[directories.count - 1])/\(places.limit)", atomically: false, encoding: .utf8)
  }

  deinit {
    for file in squeezeFiles { unlink(file) }
    remove()
  }

  /// Removes the group, whose processes have ended.
  func remove() {
    for directory in directories {
      // The kernel lets go of ended tasks a little later.
      for _ in 0..<500 where rmdir(directory) != 0 && errno == EBUSY { usleep(2_000) }
    }
  }

  /// The file with its figures of pressure.
  var stalls: String { "\(directories[0])/memory.pressure" }

  /// A shell's words that put it into the group.
  var entering: String { directories.map { "echo $$ > \($0)/cgroup.procs" }.joined(separator: " && ") }

  /// A process in the group that reads pages of a file of so many bytes at random: more than fit are evicted and read
  /// again. It ends with the value.
  ///
  /// The file is in /var/tmp: in a temporary directory in memory its pages could not be evicted.
  func squeeze(with megabytes: Int) throws -> ChildProcess {
    let read = """
      open(F, "<", $ARGV[0]) or die; my $pages = $ARGV[1] * 256;
      while (1) { sysseek(F, 4096 * int(rand($pages)), 0); sysread(F, my $page, 4096); }
      """
    let file = "/var/tmp/edgemesh-squeeze-\(UUID().uuidString)"
    squeezeFiles.append(file)
    return try ChildProcess(
      "/bin/sh",
      [
        "-c",
        "\(entering) && dd if=/dev/zero of=\"$1\" bs=1M count=\"$2\" 2>/dev/null && sync \"$1\" && exec perl -e \"$0\" \"$1\" \"$2\"",
        read, file, "\(megabytes)",
      ], name: "the squeeze")
  }
}
