/// How the text of an option becomes a value.
///
/// `read` throws a `Rejection` that says what would have been accepted; the parser adds the option's name.
struct ValueReader<Value: Sendable>: Sendable {
  /// What stands for the value in the synopsis, such as `FILE`.
  var placeholder: String
  var read: @Sendable (String) throws(Rejection) -> Value

  init(_ placeholder: String, read: @escaping @Sendable (String) throws(Rejection) -> Value) {
    self.placeholder = placeholder
    self.read = read
  }

  /// The same reader under another placeholder.
  func named(_ placeholder: String) -> ValueReader { ValueReader(placeholder, read: read) }
}

/// Why a value was not accepted: completes the sentence "--name takes ...".
struct Rejection: Error, Equatable {
  var expected: String
}

extension ValueReader where Value == String {
  /// Any text that is not empty.
  static var text: ValueReader {
    ValueReader("TEXT") { text throws(Rejection) in
      guard !text.isEmpty else { throw Rejection(expected: "a text that is not empty") }
      return text
    }
  }

  static var file: ValueReader { text.named("FILE") }
  static var directory: ValueReader { text.named("DIR") }

  /// One of `names`.
  static func choice(_ names: [String], placeholder: String = "NAME") -> ValueReader {
    ValueReader(placeholder) { text throws(Rejection) in
      guard names.contains(text) else {
        let hint = NearestName.find(text, in: names).map { " (did you mean \($0)?)" } ?? ""
        throw Rejection(expected: "one of \(names.joined(separator: ", "))\(hint)")
      }
      return text
    }
  }
}

extension ValueReader where Value == Int {
  /// A decimal integer within `range`.
  static func integer(in range: ClosedRange<Int>) -> ValueReader {
    ValueReader("N") { text throws(Rejection) in
      guard let value = Int(text), range.contains(value) else {
        let bound = range.upperBound == .max ? "from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        throw Rejection(expected: "a whole number, \(bound)")
      }
      return value
    }
  }

  /// A size in bytes: `4096`, `64M`, `1.5GiB`. K, M, G and T count in 1024s, as do KiB and so on; kB, MB, GB and TB in
  /// 1000s.
  static var bytes: ValueReader {
    ValueReader("BYTES") { text throws(Rejection) in
      guard let size = ByteSize.parse(text) else {
        throw Rejection(expected: "a size such as 4096, 64M, 1.5GiB or 200MB")
      }
      return size
    }
  }
}

extension ValueReader where Value == UInt64 {
  /// A 64-bit seed, decimal or hexadecimal with `0x`.
  static var seed: ValueReader {
    ValueReader("SEED") { text throws(Rejection) in
      let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
      guard let value else { throw Rejection(expected: "a 64-bit number such as 42 or 0x2a") }
      return value
    }
  }
}

extension ValueReader where Value == Double {
  /// A finite number within `range`.
  static func number(in range: ClosedRange<Double>) -> ValueReader {
    ValueReader("X") { text throws(Rejection) in
      guard let value = Double(text), range.contains(value) else {
        let bound =
          range.upperBound == .infinity ? "from \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        throw Rejection(expected: "a number, \(bound)")
      }
      guard value.isFinite else { throw Rejection(expected: "a finite number") }
      return value
    }
  }

  /// Copies as a share of a whole: `0.25`, `25%`, or more than 1 where each part gets several; less than `limit`.
  static func replication(below limit: Int) -> ValueReader {
    ValueReader("SHARE") { text throws(Rejection) in
      let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
      guard let value, (0...Double(limit - 1)).contains(value) else {
        throw Rejection(expected: "a share from 0 to \(limit - 1), such as 0.25 or 25%")
      }
      return value
    }
  }

  /// A share of a whole: `0.25` or `25%`.
  static var share: ValueReader {
    ValueReader("SHARE") { text throws(Rejection) in
      let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
      guard let value, (0...1).contains(value) else {
        throw Rejection(expected: "a share from 0 to 1, such as 0.25 or 25%")
      }
      return value
    }
  }
}

extension ValueReader where Value == Duration {
  /// A time span with its unit: `10s`, `250ms`, `1.5m`, `2h`.
  static func duration(in range: ClosedRange<Duration> = .zero...(.seconds(86_400 * 365))) -> ValueReader {
    ValueReader("DURATION") { text throws(Rejection) in
      guard let span = TimeSpan.parse(text) else { throw Rejection(expected: "a time such as 250ms, 10s, 5m or 2h") }
      guard range.contains(span) else {
        throw Rejection(
          expected: "a time from \(TimeSpan.format(range.lowerBound)) to \(TimeSpan.format(range.upperBound))")
      }
      return span
    }
  }
}

extension ValueReader where Value == HostPort {
  static var hostPort: ValueReader {
    ValueReader("HOST:PORT") { text throws(Rejection) in
      guard let address = HostPort(text) else {
        throw Rejection(expected: "an address such as 192.168.1.10:7380, [fe80::1]:7380 or board-1:7380")
      }
      return address
    }
  }
}

extension ValueReader where Value == [HostPort] {
  /// Addresses separated by commas.
  static var hostPorts: ValueReader {
    ValueReader("HOST:PORT[,HOST:PORT...]") { text throws(Rejection) in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      var addresses: [HostPort] = []
      for part in parts { addresses.append(try ValueReader<HostPort>.hostPort.read(String(part))) }
      return addresses
    }
  }
}
