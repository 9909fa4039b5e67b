import Glibc

/// Files of /proc and /sys: they tell no size, and a read gives the state of that moment.
enum KernelFile {
  /// A file's text, up to `limit` bytes; nil where it cannot be read.
  static func text(_ path: String, limit: Int = 64 << 10) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit, 16 << 10))
    while bytes.count < limit {
      let count = read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A file that holds one number. `max` is none.
  static func number(_ path: String) -> Int? {
    text(path, limit: 64).flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
  }

  /// The value behind each of `keys` in lines of `KEY[:] VALUE [kB]`.
  static func values(_ keys: [String], in text: String) -> [Int?] {
    var found = [Int?](repeating: nil, count: keys.count)
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count >= 2, let index = keys.firstIndex(where: { $0 == words[0] }), let value = Int(words[1])
      else { continue }
      let isKilobytes = words.count > 2 && words[2] == "kB"
      let (bytes, isOver) = value.multipliedReportingOverflow(by: isKilobytes ? 1_024 : 1)
      found[index] = isOver ? .max : bytes
    }
    return found
  }
}
