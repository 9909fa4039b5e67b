extension Settings {
  /// How long a member stays suspect before it is declared dead, with `confirmations` accusers besides the first, in a
  /// mesh of `members` (oneself and the suspect included). Lifeguard's formula (Dadgar, Phillips and Currey, 2018):
  ///
  ///     shortest = suspicionMultiplier x max(1, log10 n) x T
  ///     longest  = suspicionStretch x shortest
  ///     K        = min(confirmations setting, n - 2)        (who else could confirm)
  ///     timeout  = max(shortest, longest - (longest - shortest) x log(C + 1) / log(K + 1))
  ///
  /// With nobody to confirm (K = 0) it is the shortest. Logarithms are in fixed point, so that all machines agree.
  public func suspicionTimeout(confirmations heard: Int, members: Int) -> TimeSpan {
    let shortest = shortestSuspicion(members: members)
    let wanted = expectedConfirmations(members: members)
    guard wanted > 0, heard < wanted else { return shortest }
    let longest = shortest * suspicionStretch
    let share = Settings.log2(max(0, heard) + 1) * 1_024 / Settings.log2(wanted + 1)
    let reduction = (longest - shortest) * share / 1_024
    return max(shortest, longest - reduction)
  }

  /// K of ``suspicionTimeout(confirmations:members:)``.
  func expectedConfirmations(members: Int) -> Int {
    min(max(0, confirmations), max(2, members) - 2)
  }

  /// The suspicion that enough accusers confirm.
  func shortestSuspicion(members: Int) -> TimeSpan {
    let log10 = Settings.log2(max(1, members)) * 1_024 / Settings.log2(10)
    return period * suspicionMultiplier * max(1_024, log10) / 1_024
  }

  /// How many messages of one agent a rumor rides on.
  func transmissions(members: Int) -> Int {
    let n = max(1, members)
    return retransmitMultiplier * (Int.bitWidth - n.leadingZeroBitCount)
  }

  /// log2 of `n` in units of 1/1024, by repeated squaring; `n` is clamped to 1...2^31.
  static func log2(_ n: Int) -> Int {
    let clamped = UInt64(min(max(1, n), 1 << 31))
    let whole = 63 - clamped.leadingZeroBitCount
    var mantissa = clamped << UInt64(31 - whole)  // 1.31 fixed point, within [1, 2)
    var result = whole
    for _ in 0..<10 {
      mantissa = (mantissa &* mantissa) >> 31
      result <<= 1
      if mantissa >= 1 << 32 {
        mantissa >>= 1
        result |= 1
      }
    }
    return result
  }
}
