/// Sizes in bytes, as people write and read them.
enum ByteSize {
  private static let units: [(name: String, bytes: Double)] = [
    ("", 1), ("B", 1),
    ("K", 1024), ("KiB", 1024), ("kB", 1e3), ("KB", 1e3),
    ("M", 1_048_576), ("MiB", 1_048_576), ("MB", 1e6),
    ("G", 1_073_741_824), ("GiB", 1_073_741_824), ("GB", 1e9),
    ("T", 1_099_511_627_776), ("TiB", 1_099_511_627_776), ("TB", 1e12),
  ]

  /// The number of bytes, or nil where `text` is no size or exceeds 2^53.
  static func parse(_ text: String) -> Int? {
    guard let (number, unit) = Quantity.split(text), let factor = units.first(where: { $0.name == unit })?.bytes else {
      return nil
    }
    let bytes = (number * factor).rounded()
    guard bytes >= 0, bytes <= 9_007_199_254_740_992 else { return nil }
    return Int(bytes)
  }

  /// `bytes` with three significant digits and a binary unit: `512 B`, `4.72 MiB`.
  static func format(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
      if value.magnitude < 1024 || unit == "TiB" {
        return unit == "B" ? "\(bytes) B" : "\(Quantity.threeDigits(value)) \(unit)"
      }
      value /= 1024
    }
    return "\(bytes) B"
  }
}

/// Time spans, as people write and read them.
enum TimeSpan {
  private static let units: [(name: String, seconds: Double)] = [
    ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86_400),
  ]

  /// The span, or nil where `text` has no unit, is negative or exceeds ten years. Exact to the microsecond.
  static func parse(_ text: String) -> Duration? {
    guard let (number, unit) = Quantity.split(text), let factor = units.first(where: { $0.name == unit })?.seconds
    else { return nil }
    let microseconds = (number * factor * 1e6).rounded()
    guard microseconds >= 0, microseconds <= 315_360_000e6 else { return nil }
    return .microseconds(Int64(microseconds))
  }

  /// `span` with three significant digits and the unit that suits it: `850 us`, `12.4 ms`, `3.20 s`, `5m 20s`.
  static func format(_ span: Duration) -> String {
    let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) * 1e-18
    if seconds == 0 { return "0 s" }
    if seconds < 0.9995e-3 { return "\(Quantity.threeDigits(seconds * 1e6)) us" }
    if seconds < 0.9995 { return "\(Quantity.threeDigits(seconds * 1e3)) ms" }
    if seconds < 120 { return "\(Quantity.threeDigits(seconds)) s" }
    let whole = span.components.seconds
    if whole < 7200 { return "\(whole / 60)m \(whole % 60)s" }
    return "\(whole / 3600)h \(whole % 3600 / 60)m"
  }
}

enum Quantity {
  /// A number of things with three significant digits and a decimal prefix: `512`, `27.4 M`.
  static func counted(_ count: Int) -> String {
    var value = Double(count)
    for prefix in ["", " k", " M", " G", " T"] {
      if value.magnitude < 999.5 || prefix == " T" { return prefix.isEmpty ? "\(count)" : threeDigits(value) + prefix }
      value /= 1000
    }
    return "\(count)"
  }

  /// A plain decimal number (no sign, no exponent) and what follows it.
  static func split(_ text: String) -> (number: Double, unit: String)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard !digits.isEmpty, digits.first != ".", digits.last != ".", digits.count <= 20, let number = Double(digits),
      number.isFinite
    else { return nil }
    let unit = text.dropFirst(digits.count)
    return (number, String(unit.first == " " ? unit.dropFirst() : unit))
  }

  /// `value` with as many decimals as make three significant digits, at most three.
  static func threeDigits(_ value: Double) -> String {
    let magnitude = value.magnitude
    return fixed(value, decimals: magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3)
  }

  /// `value` with `decimals` digits after the point, rounded half away from zero; whatever the locale.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let sign = value < 0 && whole != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % Int(scale))
    return "\(sign)\(whole / Int(scale)).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
  }
}

/// A host name or address and a TCP port, `HOST:PORT`; an IPv6 address stands in brackets.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets.
  var host: String
  var port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      let port = Int(digits), (1...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]", host.count > 2 else { return nil }
      host = host.dropFirst().dropLast()
      guard host.allSatisfy({ $0.isASCII && ($0.isHexDigit || ":.%".contains($0) || $0.isLetter) }) else { return nil }
    } else {
      guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
      guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-_*".contains($0)) }) else { return nil }
    }
    self.host = String(host)
    self.port = port
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
