/// What an exchange is held to be worth when stages are chosen.
public struct StagingOptions: Sendable, Hashable {
  /// Floating-point operations that a board does while one byte is exchanged: 8 GFLOP/s, a small board's, beside
  /// 125 MB/s, a gigabit link's. Row-local work on gathered values is done by every seat for itself where it costs
  /// less than exchanging its output would.
  public static let defaultFLOPsPerExchangedByte = 64

  /// What every exchange costs beside its bytes, in bytes: some 30 us of frames, queues and waiting at 125 MB/s.
  public static let defaultExchangeOverheadBytes = 4096

  /// However small a network is, a mixing operator with at least this share (one in so many) of its work is shared.
  public static let defaultSmallShareDivisor = 200

  public var flopsPerExchangedByte: Int
  public var exchangeOverheadBytes: Int
  public var smallShareDivisor: Int

  public init(
    flopsPerExchangedByte: Int = defaultFLOPsPerExchangedByte,
    exchangeOverheadBytes: Int = defaultExchangeOverheadBytes,
    smallShareDivisor: Int = defaultSmallShareDivisor
  ) {
    self.flopsPerExchangedByte = flopsPerExchangedByte
    self.exchangeOverheadBytes = exchangeOverheadBytes
    self.smallShareDivisor = smallShareDivisor
  }

  /// What exchanging `bytes` is worth, in floating-point operations.
  func worthOfExchange(bytes: Int) -> Int { flopsPerExchangedByte * (bytes + exchangeOverheadBytes) }

  /// The cost below which a mixing operator is not worth an exchange of its own: a classifier's last layer behind a
  /// small network, the two layers of a squeeze-and-excitation. Bytes do not enter: by them alone half of the
  /// convolutions of a compact network would be kept whole on every seat, and with them their memory.
  func smallMixingFLOPs(in total: Int) -> Int {
    min(flopsPerExchangedByte * exchangeOverheadBytes, total / max(smallShareDivisor, 1))
  }
}
