/// A point on a monotonic clock that the caller owns, in nanoseconds since an origin of the caller's choice.
///
/// All state machines of the agent take their time from outside as such a value; two agents' timestamps are never
/// compared. Arithmetic saturates, so that no value that came from outside can trap.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  public static let zero = Timestamp(nanoseconds: 0)
  /// Later than every deadline: "no timer is set".
  public static let distantFuture = Timestamp(nanoseconds: .max)

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

  public static func + (a: Timestamp, b: TimeSpan) -> Timestamp {
    Timestamp(nanoseconds: saturatingSum(a.nanoseconds, b.nanoseconds))
  }

  public static func - (a: Timestamp, b: TimeSpan) -> Timestamp {
    Timestamp(nanoseconds: saturatingDifference(a.nanoseconds, b.nanoseconds))
  }

  public static func - (a: Timestamp, b: Timestamp) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingDifference(a.nanoseconds, b.nanoseconds))
  }

  public static func += (a: inout Timestamp, b: TimeSpan) { a = a + b }

  public var description: String { "t+\(TimeSpan(nanoseconds: nanoseconds))" }
}

/// A length of time in nanoseconds; may be negative. Arithmetic saturates.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  public static let zero = TimeSpan(nanoseconds: 0)

  public static func microseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingProduct(count, 1_000))
  }

  public static func milliseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingProduct(count, 1_000_000))
  }

  public static func seconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingProduct(count, 1_000_000_000))
  }

  /// Whole milliseconds, rounded towards zero.
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.nanoseconds < b.nanoseconds }

  public static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingSum(a.nanoseconds, b.nanoseconds))
  }

  public static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingDifference(a.nanoseconds, b.nanoseconds))
  }

  public static func * (a: TimeSpan, factor: Int) -> TimeSpan {
    TimeSpan(nanoseconds: saturatingProduct(a.nanoseconds, Int64(factor)))
  }

  /// The span divided by `divisor`, rounded towards zero; a divisor below one counts as one.
  public static func / (a: TimeSpan, divisor: Int) -> TimeSpan {
    TimeSpan(nanoseconds: a.nanoseconds / Int64(max(1, divisor)))
  }

  public var description: String {
    let microseconds = nanoseconds / 1_000
    let fraction = (microseconds % 1_000).magnitude
    let sign = microseconds < 0 && microseconds > -1_000 ? "-" : ""
    return "\(sign)\(microseconds / 1_000).\(String(1_000 + fraction).dropFirst()) ms"
  }
}

private func saturatingSum(_ a: Int64, _ b: Int64) -> Int64 {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? (b < 0 ? .min : .max) : sum
}

private func saturatingDifference(_ a: Int64, _ b: Int64) -> Int64 {
  let (difference, overflow) = a.subtractingReportingOverflow(b)
  return overflow ? (b < 0 ? .max : .min) : difference
}

private func saturatingProduct(_ a: Int64, _ b: Int64) -> Int64 {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  return overflow ? ((a < 0) == (b < 0) ? .max : .min) : product
}
