/// The lasting identity of an agent: 128 bits, written as 32 hexadecimal digits.
///
/// It outlives restarts (the incarnation counts those) and is bound to the machine, so that a live duplicate, as from
/// a cloned card, can be told from a restart and refused.
public struct AgentID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads exactly 32 hexadecimal digits of either case; anything else is `nil`.
  public init?(hex: String) {
    var halves: (high: UInt64, low: UInt64) = (0, 0)
    var count = 0
    for byte in hex.utf8 {
      let digit: UInt64
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A")) + 10
      default: return nil
      }
      guard count < 32 else { return nil }
      if count < 16 { halves.high = halves.high << 4 | digit } else { halves.low = halves.low << 4 | digit }
      count += 1
    }
    guard count == 32 else { return nil }
    self.init(high: halves.high, low: halves.low)
  }

  public static func < (a: AgentID, b: AgentID) -> Bool {
    a.high == b.high ? a.low < b.low : a.high < b.high
  }

  /// 32 lower-case hexadecimal digits.
  public var description: String {
    AgentID.digits(high) + AgentID.digits(low)
  }

  private static func digits(_ half: UInt64) -> String {
    let hex = String(half, radix: 16)
    return String(repeating: "0", count: 16 - hex.utf8.count) + hex
  }
}
