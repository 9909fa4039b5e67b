/// Where this process's control groups lie in the file system: the unified one (version 2), and on machines with the old
/// hierarchies (or both) that of the memory controller (version 1).
struct ControlGroups: Sendable, Hashable {
  /// A group's directory, and that of the hierarchy's mount above it.
  struct Place: Sendable, Hashable {
    var directory: String
    var mount: String

    /// The directory and those above it within the mount, from the inside out. Limits hold from all of them.
    var ancestry: [String] {
      var all = [directory]
      while let last = all.last, last.count > mount.count, let slash = last.lastIndex(of: "/") {
        all.append(String(last[..<slash]))
      }
      return all
    }
  }

  var unified: Place?
  var memory: Place?

  /// From `/proc/self/cgroup` and `/proc/self/mountinfo`.
  init(cgroup: String, mountinfo: String) {
    let mounts = mountinfo.split(separator: "\n").compactMap(Mount.init)
    for line in cgroup.split(separator: "\n") {
      // hierarchy-ID:controllers:path, and a path may hold colons.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[2].hasPrefix("/") else { continue }
      let path = String(parts[2])
      if parts[0] == "0", parts[1].isEmpty {
        unified = mounts.lazy.filter { $0.type == "cgroup2" }.compactMap { $0.place(of: path) }.first
      } else if parts[1].split(separator: ",").contains("memory") {
        memory =
          mounts.lazy.filter { $0.type == "cgroup" && $0.options.contains("memory") }
          .compactMap { $0.place(of: path) }.first
      }
    }
  }

  private struct Mount {
    /// The part of the hierarchy that is mounted, and where.
    var root: String
    var point: String
    var type: Substring
    var options: [Substring]

    /// `36 35 98:0 ROOT POINT options [tags...] - TYPE source super-options`
    init?(_ line: Substring) {
      let words = line.split(separator: " ")
      guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 1 else { return nil }
      root = Self.unescaped(words[3])
      point = Self.unescaped(words[4])
      type = words[dash + 1]
      options = words.count > dash + 3 ? words[dash + 3].split(separator: ",") : []
    }

    /// Where a group lies under this mount; nil where it is outside of what is mounted.
    func place(of path: String) -> Place? {
      // A group outside of the namespace shows as /../..; then the mount's root is as near as one gets.
      if path.split(separator: "/").contains("..") { return nil }
      let below: Substring
      if root == "/" {
        below = path[...]
      } else if path == root {
        below = ""
      } else if path.hasPrefix(root + "/") {
        below = path.dropFirst(root.count)
      } else {
        return nil
      }
      var mount = point
      while mount.count > 1, mount.hasSuffix("/") { mount.removeLast() }
      return Place(directory: below == "/" ? mount : mount + below, mount: mount)
    }

    /// The kernel writes blanks, tabs, newlines and backslashes as `\` and three octal digits.
    private static func unescaped(_ word: Substring) -> String {
      guard word.contains("\\") else { return String(word) }
      var bytes: [UInt8] = []
      var rest = Array(word.utf8)[...]
      while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3,
          let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
        {
          bytes.append(value)
          rest = rest.dropFirst(3)
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
